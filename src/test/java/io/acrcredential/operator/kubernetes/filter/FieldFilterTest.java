// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import static io.acrcredential.operator.kubernetes.filter.FieldMask.ALL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FieldFilterTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private static final FieldMask MASK =
      FieldMask.of(
          Map.of(
              "a", ALL,
              "b", FieldMask.of(Map.of("a", ALL, "c", FieldMask.ofPrefix("a"))),
              "c", FieldMask.of(Map.of("a", ALL)).limitElements(1_000),
              "d", ALL.limitField(1_000)));

  @Provide
  Arbitrary<JsonNode> values() {
    Arbitrary<JsonNode> scalars =
        Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(40).map(NODES::textNode),
            Arbitraries.integers().map(NODES::numberNode),
            Arbitraries.of(true, false).map(NODES::booleanNode),
            Arbitraries.just(NODES.nullNode()));
    return values(values(values(scalars)));
  }

  private static Arbitrary<JsonNode> values(Arbitrary<JsonNode> inner) {
    Arbitrary<String> names = Arbitraries.of("a", "aa", "b", "c", "d", "e");
    return Arbitraries.oneOf(
        inner,
        inner.list().ofMaxSize(4).map(list -> new ArrayNode(NODES, list)),
        Arbitraries.maps(names, inner)
            .ofMaxSize(6)
            .map(
                map -> {
                  ObjectNode object = NODES.objectNode();
                  object.setAll(map);
                  return object;
                }));
  }

  /** Whatever the size of the parts in which the text arrives. */
  @Property(tries = 1_000)
  void keepsWhatTheMaskKeeps(
      @ForAll("values") JsonNode value, @ForAll @IntRange(min = 1, max = 50) int part)
      throws IOException {
    // given
    ObjectNode root = NODES.objectNode();
    root.setAll(Map.of("a", value, "b", value, "c", value, "d", value, "e", value));

    // when
    JsonNode kept = JSON.readTree(filtered(JSON.writeValueAsBytes(root), MASK, part));

    // then
    assertThat(kept).isEqualTo(masked(root, MASK));
  }

  /** The same in simple code, for values that no limit drops. */
  private static JsonNode masked(JsonNode value, FieldMask mask) {
    if (mask.fields() == null) {
      return value;
    }
    if (value instanceof ArrayNode array) {
      ArrayNode kept = NODES.arrayNode();
      array.forEach(
          element -> {
            if (mask.elementLimit() == 0 || size(masked(element, mask)) <= mask.elementLimit()) {
              kept.add(masked(element, mask));
            }
          });
      return kept;
    }
    if (value instanceof ObjectNode object) {
      ObjectNode kept = NODES.objectNode();
      object
          .properties()
          .forEach(
              field -> {
                FieldMask of = mask.field(field.getKey());
                if (of != null
                    && (of.fieldLimit() == 0 || size(field.getValue()) <= of.fieldLimit())) {
                  kept.set(field.getKey(), masked(field.getValue(), of));
                }
              });
      return kept;
    }
    return value;
  }

  private static int size(JsonNode value) {
    int size = FieldMask.OVERHEAD + (value.isContainerNode() ? 1 : value.asText().length());
    if (value.isContainerNode()) {
      size += FieldMask.OVERHEAD + 1;
    }
    for (JsonNode element : value) {
      size += size(element);
    }
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      size += FieldMask.OVERHEAD + field.getKey().length();
    }
    return size;
  }

  @Test
  void dropsElementsAndFieldsThatAreTooLarge() throws IOException {
    // given
    String large = "x".repeat(2_000);
    String text =
        """
        {"c": [{"a": "first"}, {"a": "%1$s"}, {"b": "%1$s", "a": ["third"]}],
         "d": {"e": [{"f": "%1$s"}]}, "a": "last"}
        """
            .formatted(large);

    // when
    byte[] kept = filtered(text.getBytes(UTF_8), MASK, 100);

    // then
    assertThat(new String(kept, UTF_8))
        .isEqualTo("{\"c\":[{\"a\":\"first\"},{\"a\":[\"third\"]}],\"a\":\"last\"}");
  }

  @Test
  void aLimitAppliesWithinAValueThatHasOne() throws IOException {
    // given
    FieldMask element =
        FieldMask.of(Map.of("a", ALL, "d", ALL.limitField(300))).limitElements(1_000);
    String large = "x".repeat(400);
    String text =
        """
        {"c": [{"a": "1", "d": {"e": "small"}}, {"d": {"e": "%1$s"}, "a": "2"},
               {"d": {"e": ""}, "a": ["%1$s", "%1$s", "%1$s"]}, {"a": "4"}]}
        """
            .formatted(large);

    // when
    byte[] kept = filtered(text.getBytes(UTF_8), FieldMask.of(Map.of("c", element)), 7);

    // then
    assertThat(new String(kept, UTF_8))
        .isEqualTo("{\"c\":[{\"a\":\"1\",\"d\":{\"e\":\"small\"}},{\"a\":\"2\"},{\"a\":\"4\"}]}");
  }

  /** Short names and values are small as text, but not in memory. */
  @Test
  void countsWhatAnEntryTakesInMemory() throws IOException {
    // given
    ObjectNode labels = NODES.objectNode();
    for (int i = 0; i < 20; i++) {
      labels.put("k" + i, "");
    }
    ObjectNode root = NODES.objectNode().set("d", labels);

    // then
    assertThat(JSON.writeValueAsBytes(root)).hasSizeLessThan(200);
    assertThat(new String(filtered(JSON.writeValueAsBytes(root), MASK, 10), UTF_8)).isEqualTo("{}");
  }

  private static byte[] filtered(byte[] text, FieldMask mask, int part) throws IOException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    try (JsonParser parser = FieldFilter.JSON.createNonBlockingByteArrayParser();
        JsonGenerator generator = FieldFilter.JSON.createGenerator(kept)) {
      FieldFilter filter = new FieldFilter(mask, generator, value -> {});
      for (int from = 0; from < text.length; from += part) {
        ByteArrayFeeder feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
        feeder.feedInput(text, from, Math.min(from + part, text.length));
        for (JsonToken token = parser.nextToken();
            token != null && token != JsonToken.NOT_AVAILABLE;
            token = parser.nextToken()) {
          filter.accept(parser);
        }
      }
    }
    return kept.toByteArray();
  }
}
