// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;

/** What is YAML needs no forgiveness: it is read as a YAML parser reads it, and nothing is told. */
class ValidYamlTest {

  /**
   * Written by libraries, in many styles; beside it a comment that is full of mistakes.
   *
   * @param items by the documented keys
   */
  record Page(List<Map<String, String>> items, String text) {}

  @Property(tries = 3000)
  void isReadAsAParserReadsIt(@ForAll("pages") Page page) {
    // given
    List<Registry> expected = PlainYaml.registries(page.text()).orElseThrow();

    // when
    ParseResult reading =
        new AcrConfigurationParser().parse(Map.of("acr-registry-info", page.text()));

    // then
    assertThat(reading.findings()).as(page.text()).isEmpty();
    assertThat(reading).as(page.text()).isInstanceOf(Understood.class);
    Understood understood = (Understood) reading;
    assertThat(understood.spec().registries().stream().map(ValidYamlTest::withoutIdentity))
        .as(page.text())
        .containsExactlyElementsOf(expected);
    assertThat(understood.keys().values().stream().map(secret -> secret.reveal()).distinct())
        .as(page.text())
        .containsExactlyInAnyOrderElementsOf(secrets(page));
  }

  private static Registry withoutIdentity(Registry registry) {
    return new Registry(
        registry.instanceId(),
        registry.region(),
        registry.domains(),
        registry.repositoryPrefixes(),
        null);
  }

  private static List<String> secrets(Page page) {
    return page.items().stream()
        .filter(item -> item.containsKey("customAccessKey"))
        .flatMap(
            item ->
                List.of(item.get("customAccessKey"), item.get("customAccessKeySecret")).stream())
        .distinct()
        .toList();
  }

  @Provide
  Arbitrary<Page> pages() {
    return Combinators.combine(
            items().list().uniqueElements(ValidYamlTest::hosts).ofMinSize(1).ofMaxSize(5),
            writers(),
            Arbitraries.of(
                "",
                "# \u201Ccri-abc\u201D // \"a\",\"b\"\n",
                "\n\n#\tregionId\uFF1A cn-hangzhou\n",
                "---\n",
                "\uFEFF"),
            Arbitraries.of("", "\n", "# end, // \"of\",\"it\"\n", "...\n"),
            Arbitraries.of(true, false))
        .as(
            (items, writer, head, tail, crlf) -> {
              String text = head + writer.write(items) + tail;
              return new Page(items, crlf ? text.replace("\n", "\r\n") : text);
            });
  }

  /** Two items for the same hosts would be a conflict. */
  private static String hosts(Map<String, String> item) {
    return item.getOrDefault("domains", "").isEmpty()
        ? item.getOrDefault("instanceId", "") + item.getOrDefault("regionId", "")
        : item.get("domains");
  }

  private interface Writer {
    String write(List<Map<String, String>> items);
  }

  private static Arbitrary<Writer> writers() {
    Arbitrary<Writer> yaml =
        Combinators.combine(
                Arbitraries.of(FlowStyle.values()),
                Arbitraries.of(
                    ScalarStyle.PLAIN, ScalarStyle.DOUBLE_QUOTED, ScalarStyle.SINGLE_QUOTED),
                Arbitraries.of(2, 4, 6),
                Arbitraries.of(true, false),
                Arbitraries.of(40, 80, 4000),
                Arbitraries.of(true, false))
            .as(
                (flow, scalar, indent, indicator, width, start) -> {
                  DumpSettings settings =
                      DumpSettings.builder()
                          .setDefaultFlowStyle(flow)
                          .setDefaultScalarStyle(scalar)
                          .setIndent(indent)
                          .setIndicatorIndent(indicator ? indent - 2 : 0)
                          .setIndentWithIndicator(indicator)
                          .setWidth(width)
                          .build();
                  return items -> new Dump(settings).dumpToString(items);
                });
    ObjectMapper json = new ObjectMapper();
    Arbitrary<Writer> jackson =
        Arbitraries.of(true, false)
            .map(
                pretty ->
                    items -> {
                      try {
                        return (pretty ? json.writerWithDefaultPrettyPrinter() : json.writer())
                                .writeValueAsString(items)
                            + "\n";
                      } catch (JsonProcessingException e) {
                        throw new IllegalStateException(e);
                      }
                    });
    return Arbitraries.frequencyOf(Tuple.of(4, yaml), Tuple.of(1, jackson));
  }

  private static Arbitrary<Map<String, String>> items() {
    Arbitrary<String> word = Arbitraries.strings().withCharRange('a', 'z').ofLength(4);
    Arbitrary<String> domain =
        Combinators.combine(word, Arbitraries.of("", ":5000"))
            .as((name, port) -> name + ".example.cn" + port);
    Arbitrary<String> domains =
        Combinators.combine(
                domain.list().ofMinSize(1).ofMaxSize(4), Arbitraries.of(",", ", ", " , "))
            .as((list, comma) -> String.join(comma, list));
    Arbitrary<String> letters = Arbitraries.strings().alpha().numeric().ofLength(30);
    Arbitrary<Map<String, String>> keys =
        Combinators.combine(word, letters)
            .as(
                (id, secret) ->
                    Map.of(
                        "customAccessKey",
                        "LTAI5t" + id + Integer.toHexString(secret.hashCode()),
                        "customAccessKeySecret",
                        id + secret));
    Arbitrary<Map<String, String>> role =
        word.map(
            name -> Map.of("assumeRoleARN", "acs:ram::2:role/" + name, "expireDuration", "3600"));
    return Combinators.combine(
            Arbitraries.oneOf(Arbitraries.just(""), word.map(name -> "cri-" + name)),
            Arbitraries.of("cn-hangzhou", "cn-beijing", "ap-southeast-1"),
            domains.optional(0.6),
            keys.optional(0.3),
            role.optional(0.2),
            Arbitraries.integers().between(0, 5))
        .as(
            (id, region, names, key, arn, turn) -> {
              List<Map.Entry<String, String>> fields = new ArrayList<>();
              fields.add(Map.entry("instanceId", id));
              fields.add(Map.entry("regionId", region));
              names.ifPresent(text -> fields.add(Map.entry("domains", text)));
              key.ifPresent(map -> fields.addAll(map.entrySet()));
              arn.ifPresent(map -> fields.addAll(map.entrySet()));
              Collections.rotate(fields, turn);
              Map<String, String> item = new LinkedHashMap<>();
              fields.forEach(field -> item.put(field.getKey(), field.getValue()));
              return item;
            });
  }
}
