// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonPatchTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void addsAndRemovesFieldsAndElements() throws JsonProcessingException {
    // given
    JsonPatch patch =
        JsonPatch.ofVersion("7")
            .add("/data", Map.of("key", "value"))
            .add("/list/-", "last")
            .remove("/list/0")
            .remove("/gone");

    // when
    JsonNode patched =
        apply(
            patch,
            """
            {"metadata":{"resourceVersion":"7"},"list":["first","second"],"gone":true}""");

    // then
    assertThat(patched)
        .isEqualTo(
            JSON.readTree(
                """
                {"metadata":{"resourceVersion":"7"},"list":["second","last"],
                 "data":{"key":"value"}}"""));
  }

  @Test
  void failsWhenTheResourceVersionHasChanged() {
    // given
    JsonPatch patch = JsonPatch.ofVersion("7").add("/data", List.of());

    // then
    assertThatThrownBy(() -> apply(patch, "{\"metadata\":{\"resourceVersion\":\"8\"}}"))
        .hasMessageContaining("found value \"8\"");
  }

  @Test
  void escapesSlashesAndTildesInPointers() throws JsonProcessingException {
    // given
    String key = "example.com/a~b";
    JsonPatch patch =
        JsonPatch.ofVersion("7").add(JsonPatch.pointer("metadata", "annotations", key), "set");

    // when
    JsonNode patched =
        apply(patch, "{\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":{}}}");

    // then
    assertThat(patched.at("/metadata/annotations").get(key).asText()).isEqualTo("set");
    assertThat(JsonPatch.pointer("a/b", "~", "~1")).isEqualTo("/a~1b/~0/~01");
  }

  @Test
  void escapesValues() throws JsonProcessingException {
    // given
    String value = "quote \" backslash \\ newline \n %s";
    JsonPatch patch = JsonPatch.ofVersion("7").add("/value", value);

    // when
    JsonNode patched = apply(patch, "{\"metadata\":{\"resourceVersion\":\"7\"}}");

    // then
    assertThat(patched.get("value").asText()).isEqualTo(value);
  }

  private static JsonNode apply(JsonPatch patch, String object) throws JsonProcessingException {
    return io.fabric8.zjsonpatch.JsonPatch.apply(
        JSON.readTree(patch.toString()), JSON.readTree(object));
  }
}
