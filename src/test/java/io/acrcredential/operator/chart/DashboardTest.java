// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.testkit.DocumentedMetrics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Grafana would show wrongly, or silently not at all, of the dashboard. */
class DashboardTest {

  private static final Pattern SELECTOR = Pattern.compile("\\b(acr_[a-z_]+)\\b(\\{[^}]*})?");
  private static final Set<String> FILTERS = Set.of("cluster", "namespace", "policy");
  private static final int COLUMNS = 24;

  private JsonNode dashboard;
  private List<JsonNode> panels;

  @BeforeEach
  void read() throws IOException {
    dashboard =
        new ObjectMapper().readTree(Chart.read(Chart.FOLDER.resolve("files/dashboard.json")));
    panels = list(dashboard.path("panels"));
  }

  @Test
  void panelsHaveTheirOwnNumbersAndTitles() {
    assertThat(panels).extracting(panel -> panel.path("id").asInt()).doesNotHaveDuplicates();
    assertThat(panels)
        .extracting(panel -> panel.path("title").asText())
        .doesNotHaveDuplicates()
        .allSatisfy(title -> assertThat(title).isNotBlank());
  }

  @Test
  void panelsNeitherOverlapNorLeaveTheGrid() {
    Set<String> taken = new HashSet<>();
    for (JsonNode panel : panels) {
      JsonNode grid = panel.path("gridPos");
      int right = grid.path("x").asInt() + grid.path("w").asInt();
      assertThat(right).as("%s", panel.path("title")).isLessThanOrEqualTo(COLUMNS);
      for (int x = grid.path("x").asInt(); x < right; x++) {
        for (int y = grid.path("y").asInt(); y < bottom(grid); y++) {
          assertThat(taken.add(x + "," + y)).as("%s overlaps", panel.path("title")).isTrue();
        }
      }
    }
  }

  private static int bottom(JsonNode grid) {
    return grid.path("y").asInt() + grid.path("h").asInt();
  }

  @Test
  void everyQueryUsesTheFiltersThatItsMetricsHave() {
    Map<String, Set<String>> documented = DocumentedMetrics.inDocs();
    for (JsonNode panel : panels) {
      for (JsonNode target : panel.path("targets")) {
        String query = target.path("expr").asText();
        List<MatchResult> selectors = SELECTOR.matcher(query).results().toList();
        assertThat(selectors).as(query).isNotEmpty();
        for (MatchResult selector : selectors) {
          Set<String> filters = new HashSet<>(FILTERS);
          if (!documented.get(DocumentedMetrics.base(selector.group(1))).contains("policy")) {
            filters.remove("policy");
          }
          assertThat(filters)
              .allSatisfy(
                  name ->
                      assertThat(selector.group(2))
                          .as(query)
                          .contains(name + "=~\"$" + name + "\""));
        }
      }
    }
  }

  @Test
  void filtersAreVariablesThatStartWithEverything() {
    List<JsonNode> variables = list(dashboard.path("templating").path("list"));
    assertThat(variables)
        .extracting(variable -> variable.path("name").asText())
        .containsExactly("datasource", "cluster", "namespace", "policy");
    assertThat(variables.subList(1, variables.size()))
        .allSatisfy(
            variable -> {
              assertThat(variable.path("includeAll").asBoolean()).isTrue();
              assertThat(variable.at("/current/value/0").asText()).isEqualTo("$__all");
              // otherwise series without the label are left out
              assertThat(variable.path("allValue").asText()).isEqualTo(".*");
            });
  }

  @Test
  void everythingUsesTheChosenDataSource() {
    List<JsonNode> sources = new ArrayList<>(dashboard.findValues("datasource"));
    assertThat(sources)
        .hasSizeGreaterThan(panels.size())
        .extracting(source -> source.path("uid").asText())
        .containsOnly("${datasource}");
  }

  /** Counters grow since the start of the process, which nobody wants to see. */
  @Test
  void countersAreShownAsIncreases() {
    for (String query : dashboard.findValuesAsText("expr")) {
      Pattern.compile("(\\w+)\\((acr_[a-z_]+_(?:total|bucket))\\b")
          .matcher(query)
          .results()
          .forEach(use -> assertThat(use.group(1)).as(query).isEqualTo("increase"));
      if (query.contains("_total") || query.contains("_bucket")) {
        assertThat(query).contains("increase(acr_");
      }
    }
  }

  @Test
  void everyPanelHasUnitAndThresholdsAndEveryCurveALegend() {
    for (JsonNode panel : panels) {
      String title = panel.path("title").asText();
      JsonNode defaults = panel.at("/fieldConfig/defaults");
      assertThat(defaults.path("unit").asText()).as(title).isNotBlank();
      assertThat(defaults.at("/thresholds/steps")).as(title).isNotEmpty();
      assertThat(defaults.at("/thresholds/steps/0/value").isNull()).as(title).isTrue();
      if (panel.path("type").asText().equals("timeseries")) {
        assertThat(list(panel.path("targets")))
            .allSatisfy(
                target -> assertThat(target.path("legendFormat").asText()).as(title).isNotBlank());
      }
    }
  }

  @Test
  void failuresAreATableThatIsEmptyWithoutAny() {
    assertThat(panels)
        .filteredOn(panel -> panel.path("type").asText().equals("table"))
        .extracting(panel -> panel.path("title").asText())
        .containsExactlyInAnyOrder("Failures", "Why policies are not ready");
  }

  private static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }
}
