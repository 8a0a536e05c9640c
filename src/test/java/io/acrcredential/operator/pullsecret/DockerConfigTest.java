// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class DockerConfigTest {

  @Property
  void parsesWhatItRenders(
      @ForAll @Size(max = 8)
          Map<@StringLength(max = 20) String, @StringLength(max = 20) String> passwords) {
    // given
    SortedMap<String, JsonNode> auths = new TreeMap<>();
    passwords.forEach((key, value) -> auths.put(key, DockerConfig.entry("u", value, null)));

    // when
    byte[] json = DockerConfig.render(auths);

    // then
    assertThat(DockerConfig.parse(json)).isEqualTo(auths);
    assertThat(DockerConfig.render(new TreeMap<>(DockerConfig.parse(json)))).isEqualTo(json);
  }

  @Property
  void authSplitsAtTheFirstColon(
      @ForAll @AlphaChars @StringLength(min = 1) String username,
      @ForAll @StringLength(max = 40) String password) {
    // when
    JsonNode entry = DockerConfig.entry(username, password + ":=", null);

    // then
    String auth = new String(Base64.getDecoder().decode(entry.get("auth").asText()), UTF_8);
    String sent = new String((password + ":=").getBytes(UTF_8), UTF_8);
    assertThat(auth.split(":", 2)).containsExactly(username, sent);
    assertThat(entry.get("username").asText()).isEqualTo(username);
    assertThat(entry.get("password").asText()).isEqualTo(password + ":=");
  }

  @Property
  void parsesInvalidJsonAsEmpty(@ForAll byte[] garbage) {
    assertThat(DockerConfig.parse(garbage)).isEmpty();
  }

  @Example
  void parsesOtherJsonAsEmpty() {
    for (String text :
        new String[] {
          "", "null", "[]", "7", "{\"auths\":7}", "{\"auths\":[1]}", "{\"auths\":{\"a\""
        }) {
      assertThat(DockerConfig.parse(text.getBytes(UTF_8))).isEmpty();
    }
    assertThat(
            DockerConfig.parse("{\"auths\":{\"a\":{\"auth\":\"x\"}},\"more\":1}".getBytes(UTF_8)))
        .containsOnlyKeys("a");
  }

  @Example
  void rendersTheEmailIfThereIsOne() {
    assertThat(DockerConfig.entry("u", "p", null).has("email")).isFalse();
    assertThat(DockerConfig.entry("u", "p", "a@b").get("email").asText()).isEqualTo("a@b");
  }
}
