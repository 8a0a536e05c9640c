// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.cli.OutputFormat;
import io.acrcredential.operator.cli.Verdict;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.explain.link.Scenarios;
import io.acrcredential.operator.explain.link.Scenarios.Case;
import io.acrcredential.operator.testkit.DocPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The output, and the pages that show it: {@code -Dgolden.update=true} rewrites these. */
class ExplanationTest {

  private static final String EXAMPLE = "POD_OLDER_THAN_BINDING";

  @ParameterizedTest
  @CsvSource({"docs/explain.md, ENGLISH", "docs/zh/explain.md, CHINESE"})
  void thePageShowsAWholeExplanation(Path page, Language language) throws IOException {
    DocPage.assertOutput(page, "ExplanationTest", explanation(example(), language).text());
  }

  @ParameterizedTest
  @CsvSource({"docs/troubleshooting.md, ENGLISH", "docs/zh/troubleshooting.md, CHINESE"})
  void thePageShowsTheFindingOfEverySymptom(Path page, Language language) throws IOException {
    String symptoms =
        Scenarios.all()
            .filter(each -> !each.code().equals("NotVisible"))
            .map(each -> section(each, language))
            .collect(Collectors.joining("\n"));
    DocPage.assertGenerated(page, "ExplanationTest", symptoms);
  }

  /** Only what belongs to the symptom: the rest is the same everywhere. */
  private static String section(Case scenario, Language language) {
    List<Finding> only =
        scenario.findings().stream()
            .filter(finding -> finding.code().equals(scenario.code()))
            .limit(1)
            .toList();
    String text = new Explanation(scenario.facts().subject(), only, language).text();
    String body = text.substring(text.indexOf("\n\n") + 2, text.lastIndexOf("\n\n") + 1);
    String colon = language == Language.CHINESE ? "：" : ":";
    return "- %s%s\n\n  ```text\n%s  ```\n"
        .formatted(scenario.symptom().in(language), colon, body.indent(2));
  }

  @Test
  void dataHasTheCodesAndTheVerdict() {
    // when
    Explanation explanation = explanation(example(), Language.CHINESE);
    String json = OutputFormat.JSON.render(explanation::text, explanation::data);
    String yaml = OutputFormat.YAML.render(explanation::text, explanation::data);

    // then
    assertThat(explanation.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(explanation.data().at("/subject").toString())
        .isEqualTo("{\"kind\":\"Pod\",\"namespace\":\"team-a\",\"name\":\"web\"}");
    assertThat(explanation.data().at("/verdict").asText()).isEqualTo("broken");
    assertThat(explanation.data().path("findings").findValuesAsText("code"))
        .contains("PodOlderThanBinding");
    assertThat(explanation.data().path("findings").findValuesAsText("link"))
        .contains("service-account", "pod");
    assertThat(json).startsWith("{").contains("kubectl -n team-a delete pod web");
    assertThat(yaml).contains("verdict: \"broken\"").contains("请删除 Pod");
  }

  private static Explanation explanation(Case scenario, Language language) {
    return new Explanation(scenario.facts().subject(), scenario.findings(), language);
  }

  private static Case example() {
    return Scenarios.all().filter(each -> each.name().equals(EXAMPLE)).findFirst().orElseThrow();
  }
}
