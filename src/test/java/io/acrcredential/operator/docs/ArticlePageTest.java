// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.configmap.parser.ParseResult;
import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The ConfigMaps that {@code docs/article.md} shows are read without any remark. */
class ArticlePageTest {

  private static final Pattern YAML = Pattern.compile("(?ms)^ *```yaml\\n(.*?)^ *```$");

  @ParameterizedTest
  @ValueSource(strings = {"docs/article.md", "docs/zh/article.md"})
  void everyConfigMapIsReadAsItIs(String page) throws IOException {
    // given
    List<Map<String, String>> configMaps = configMaps(page);

    // then the one of step 2, three of scenario 1, one of scenario 2, three of scenario 3
    assertThat(configMaps).hasSize(8);
    for (Map<String, String> data : configMaps) {
      ParseResult result = new AcrConfigurationParser().parse(data);
      assertThat(result).as("%s", data).isInstanceOf(Understood.class);
      assertThat(result.findings()).as("%s", data).isEmpty();
      assertThat(((Understood) result).spec().registries())
          .hasSize(data.get("acr-registry-info").split("instanceId").length - 1);
    }
  }

  @Test
  void bothLanguagesShowTheSameConfigMaps() throws IOException {
    assertThat(configMaps("docs/zh/article.md")).isEqualTo(configMaps("docs/article.md"));
  }

  private static List<Map<String, String>> configMaps(String page) throws IOException {
    return YAML.matcher(Files.readString(Path.of(page)))
        .results()
        .map(block -> data(block.group(1).stripIndent()))
        .toList();
  }

  private static Map<String, String> data(String yaml) {
    Map<?, ?> root = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(yaml);
    Map<String, String> data = new HashMap<>();
    ((Map<?, ?>) root.get("data")).forEach((key, value) -> data.put((String) key, (String) value));
    return data;
  }
}
