// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.cli.OutputFormat;
import io.acrcredential.operator.cli.UsageException;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Language;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainOptionsTest {

  @ParameterizedTest
  @CsvSource({
    "pod team-a/web, POD, team-a, web",
    "po team-a/web, POD, team-a, web",
    "serviceaccount team-a/default, SERVICE_ACCOUNT, team-a, default",
    "namespace team-a, NAMESPACE, team-a, team-a",
    "image img.example.cn/a/b:1, IMAGE, '', img.example.cn/a/b:1",
    "policy production, POLICY, '', production",
    "acrcredentialpolicies production, POLICY, '', production"
  })
  void readsTheSubject(String words, Kind kind, String namespace, String name) {
    assertThat(parse(words).subject()).isEqualTo(new Subject(kind, namespace, name));
  }

  @Test
  void readsTheOptions() {
    assertThat(parse("policy a --lang zh -o yaml --operator-namespace=acr"))
        .isEqualTo(
            new ExplainOptions(
                new Subject(Kind.POLICY, "", "a"),
                Optional.of("acr"),
                Language.CHINESE,
                OutputFormat.YAML));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pod | Say what to explain
          pod web | "web" has no namespace
          pod a/b/c | "a/b/c" has no namespace
          pod a/../b | "a/../b" has no namespace
          pod team-a/web?x | "web?x" is not a valid Kubernetes object name
          node a | Say what to explain
          policy a --lang fr | The language is "fr"
          policy a --operator-namespace x/y | "x/y" is not a valid Kubernetes object name
          """)
  void refusesWrongArguments(String words, String message) {
    assertThatThrownBy(() -> parse(words))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith(message);
  }

  /** POSIX: LC_ALL before LC_MESSAGES before LANG. */
  @Test
  void theLocaleDecidesTheLanguage() {
    assertThat(language(Map.of("LANG", "zh_CN.UTF-8"))).isEqualTo(Language.CHINESE);
    assertThat(language(Map.of("LANG", "zh_CN.UTF-8", "LC_ALL", "C"))).isEqualTo(Language.ENGLISH);
    assertThat(language(Map.of("LC_MESSAGES", "zh_TW", "LANG", "de_DE")))
        .isEqualTo(Language.CHINESE);
    assertThat(language(Map.of())).isEqualTo(Language.ENGLISH);
  }

  private static Language language(Map<String, String> environment) {
    return ExplainOptions.parse(List.of("policy", "a"), environment).language();
  }

  private static ExplainOptions parse(String words) {
    return ExplainOptions.parse(List.of(words.split(" ")), Map.of());
  }
}
