// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static io.acrcredential.operator.chart.Chart.at;
import static io.acrcredential.operator.chart.Chart.list;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Prometheus' own tool evaluates the alerts of the chart against the series of {@code
 * src/test/resources/prometheus/alerts.yaml}, and the queries of the dashboard against those of
 * {@code dashboard.yaml} there. Needs no cluster, but Go, which builds the tool: without it the
 * tests are reported as skipped.
 */
class AlertRulesIT {

  private static final Path TESTS = Path.of("src/test/resources/prometheus/alerts.yaml");
  private static final Path DASHBOARD_TESTS =
      Path.of("src/test/resources/prometheus/dashboard.yaml");
  private static final int UNAVAILABLE = 3;

  @TempDir Path folder;
  private String rendered;

  @BeforeEach
  void renderRules() throws IOException {
    rendered =
        Chart.render(
            command ->
                command
                    .set("metrics.prometheusRule.enabled", "true")
                    .set("metrics.dashboard.enabled", "true"));
    Map<String, Object> spec = Chart.map(Chart.object(rendered, "PrometheusRule").get("spec"));
    write("rules.yaml", spec);
    Files.copy(TESTS, folder.resolve("alerts.yaml"));
    Files.copy(DASHBOARD_TESTS, folder.resolve("dashboard.yaml"));
  }

  @Test
  void alertsFireAsTheirTestsExpect() throws Exception {
    assertThat(promtool("test", "rules", "alerts.yaml")).contains("SUCCESS");
  }

  @Test
  void everyAlertIsTested() {
    // given
    List<Object> rules =
        list(at(Chart.object(rendered, "PrometheusRule"), "spec", "groups", 0, "rules"));
    String tests = Chart.read(TESTS);

    // then: it fires in a test, and in another it does not
    for (Object rule : rules) {
      String fires = "alertname: %s\\n *exp_alerts:\\n".formatted(at(rule, "alert"));
      String stays = "alertname: %s\\n *exp_alerts: \\[\\]\\n".formatted(at(rule, "alert"));
      assertThat(tests).containsPattern(fires).containsPattern(stays);
    }
  }

  @Test
  void queriesOfTheDashboardShowWhatTheirTestsExpect() throws Exception {
    // given
    List<Map<String, String>> rules = dashboardRules();
    write(
        "dashboard-rules.yaml",
        Map.of("groups", List.of(Map.of("name", "dashboard", "rules", rules))));

    // then
    assertThat(promtool("check", "rules", "dashboard-rules.yaml"))
        .contains("SUCCESS: " + rules.size() + " rules found");
    assertThat(promtool("test", "rules", "dashboard.yaml")).contains("SUCCESS");
  }

  @Test
  void everyQueryOfTheDashboardIsTested() {
    String tests = Chart.read(DASHBOARD_TESTS);
    assertThat(dashboardRules())
        .hasSizeGreaterThan(15)
        .allSatisfy(rule -> assertThat(tests).contains("expr: '" + rule.get("record") + "'"));
  }

  /** The queries as they are after Grafana has replaced the variables. */
  private List<Map<String, String>> dashboardRules() {
    List<Map<String, String>> rules = new ArrayList<>();
    for (JsonNode panel : MonitoringTest.dashboard(rendered).path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String name =
            "panel:%s:%s".formatted(panel.path("id").asText(), target.path("refId").asText());
        String query =
            target
                .path("expr")
                .asText()
                .replace("$cluster", "one")
                .replace("$namespace", ".*")
                .replace("$policy", ".*")
                .replace("$__range", "1h")
                .replace("$__rate_interval", "5m");
        rules.add(Map.of("record", name, "expr", query));
      }
    }
    return rules;
  }

  private void write(String file, Object content) throws IOException {
    Files.writeString(folder.resolve(file), Serialization.asYaml(content));
  }

  private String promtool(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of("dev", "promtool").toAbsolutePath().toString());
    command.addAll(Arrays.asList(words));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    int code = process.waitFor();
    Assumptions.assumeTrue(code != UNAVAILABLE, output);
    assertThat(code).as(output).isZero();
    return output;
  }
}
