// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** README.md and the schema describe every value as values.yaml does. */
class ValuesTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SCHEMA = Chart.FOLDER.resolve("values.schema.json");
  private static final Path README = Chart.FOLDER.resolve("README.md");
  private static final String BEGIN = "<!-- values: written by dev/chart -->\n";
  private static final String END = "<!-- end of values -->";

  private final Map<String, String> values = Values.read();

  @Test
  void schemaDescribesExactlyTheValues() throws IOException {
    // given
    ObjectNode schema = (ObjectNode) JSON.readTree(Chart.read(SCHEMA));
    var described = new TreeSet<String>();
    described(schema, "", described);

    // when
    values.forEach(
        (path, description) -> {
          JsonNode property = property(schema, path);
          assertThat(property).as("%s in values.schema.json", path).isInstanceOf(ObjectNode.class);
          ((ObjectNode) property).put("description", description);
        });

    // then
    assertThat(described).containsExactlyInAnyOrderElementsOf(values.keySet());
    Chart.assertGenerated(SCHEMA, text(schema));
  }

  @Test
  void schemaRejectsUnknownKeys() throws IOException {
    assertThat(closed(JSON.readTree(Chart.read(SCHEMA)))).isTrue();
  }

  @Test
  void readmeDescribesTheValues() {
    // given
    String readme = Chart.read(README);

    // when
    String before = readme.substring(0, readme.indexOf(BEGIN) + BEGIN.length());
    String after = readme.substring(readme.indexOf(END));

    // then
    Chart.assertGenerated(README, before + table() + after);
  }

  private String table() {
    JsonNode defaults =
        Serialization.unmarshal(Chart.read(Chart.FOLDER.resolve("values.yaml")), JsonNode.class);
    StringBuilder table = new StringBuilder("| value | default | |\n|---|---|---|\n");
    values.forEach(
        (path, description) ->
            table
                .append("| `")
                .append(path)
                .append("` | `")
                .append(defaults.at("/" + path.replace('.', '/')))
                .append("` | ")
                .append(description.replace("|", "\\|").replace("<REGION>", "&lt;REGION&gt;"))
                .append(" |\n"));
    return table.toString();
  }

  private static JsonNode property(JsonNode schema, String path) {
    JsonNode here = schema;
    for (String key : path.split("\\.")) {
      here = here.path("properties").path(key);
    }
    return here;
  }

  /** The leaves: properties with a description or without properties of their own. */
  private static void described(JsonNode schema, String prefix, TreeSet<String> paths) {
    schema
        .path("properties")
        .properties()
        .forEach(
            entry -> {
              String path = prefix + entry.getKey();
              if (entry.getValue().has("properties")) {
                described(entry.getValue(), path + ".", paths);
              } else {
                paths.add(path);
              }
            });
  }

  /**
   * Groups of ours take no other key; what is Kubernetes' own (resources, affinity) is its to
   * check. Other charts may have more in {@code global}, which all of a release share.
   */
  private static boolean closed(JsonNode schema) {
    boolean here = !schema.has("properties") || schema.has("items") || isClosed(schema);
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      here &= property.getKey().equals("global") || closed(property.getValue());
    }
    return here;
  }

  private static boolean isClosed(JsonNode schema) {
    return schema.path("additionalProperties").isBoolean()
        && !schema.path("additionalProperties").asBoolean();
  }

  private static String text(JsonNode json) throws JsonProcessingException {
    var printer =
        new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER));
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    return JSON.writer(printer).writeValueAsString(json) + "\n";
  }
}
