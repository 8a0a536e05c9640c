// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static io.acrcredential.operator.chart.Chart.at;
import static io.acrcredential.operator.chart.Chart.list;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.testkit.DocumentedMetrics;
import io.acrcredential.operator.token.RefreshSchedule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Alerts and dashboard use existing metrics and labels. */
class MonitoringTest {

  private static final Pattern METRIC = Pattern.compile("\\bacr_[a-z_]+");
  private static final Pattern BY = Pattern.compile("by \\(([a-z_, ]+)\\)");
  private static final Pattern MATCHER = Pattern.compile("[{,]\\s*([a-z_]+)\\s*[=!]");

  /** Labels that Prometheus may add to every series; without them, a query ignores them. */
  private static final Set<String> TARGET_LABELS = Set.of("cluster", "namespace");

  private final String rendered = Chart.render(Chart.FOLDER.resolve("ci/monitoring-values.yaml"));

  @Test
  void queriesUseExistingMetricsOnly() {
    // given
    Map<String, Set<String>> documented = DocumentedMetrics.inDocs();
    List<String> queries = queries();
    assertThat(queries).hasSizeGreaterThan(15);

    for (String query : queries) {
      // when
      Set<String> metrics =
          METRIC
              .matcher(query)
              .results()
              .map(MatchResult::group)
              .map(DocumentedMetrics::base)
              .collect(Collectors.toSet());

      // then
      assertThat(metrics).as(query).isNotEmpty().isSubsetOf(documented.keySet());
      Set<String> labels =
          metrics.stream().flatMap(m -> documented.get(m).stream()).collect(Collectors.toSet());
      labels.add("le");
      labels.addAll(TARGET_LABELS);
      assertThat(labels).as(query).containsAll(labels(query));
    }
  }

  /** Otherwise the alert would fire for healthy tokens shortly before each renewal. */
  @Test
  void renewsTheShortestTokenBeforeTheAlert() {
    // given
    Duration shortest = Duration.ofSeconds(900);
    Instant issued = Instant.parse("2026-01-01T00:00:00Z");
    RegistryToken token =
        new RegistryToken("user", SensitiveString.of("x"), issued, issued.plus(shortest), "key");
    Object threshold =
        at(
            Chart.objects(Chart.read(Chart.FOLDER.resolve("values.yaml"))).get(0),
            "metrics",
            "prometheusRule",
            "expiresWithinSeconds");

    // when
    Instant due = new RefreshSchedule(0).dueAt(token, Duration.ofMinutes(15));

    // then: a minute for the fetch and its first retries
    assertThat(Duration.between(due, token.expiresAt()))
        .isGreaterThan(Duration.ofSeconds(((Number) threshold).longValue() + 60));
  }

  @Test
  void dashboardShowsEveryDocumentedMetric() {
    assertThat(dashboard().stream().collect(Collectors.joining("\n")))
        .contains(DocumentedMetrics.inDocs().keySet());
  }

  @Test
  void codeHasEveryDocumentedMetric() {
    String code = code();
    DocumentedMetrics.inDocs()
        .keySet()
        .forEach(
            metric ->
                assertThat(code).contains('"' + metric.replaceAll("_(total|seconds)$", "") + '"'));
  }

  @Test
  void alertTextsUseOnlyLabelsThatTheirQueryKeeps() {
    for (Object rule : rules()) {
      String kept = labels((String) at(rule, "expr")).toString();
      Pattern.compile("\\$labels\\.([a-z_]+)")
          .matcher(at(rule, "annotations").toString())
          .results()
          .forEach(label -> assertThat(kept).as("%s", rule).contains(label.group(1)));
    }
  }

  /** Prometheus would rename them, and every query would name the pod instead. */
  @Test
  void noMetricHasALabelOfPrometheus() {
    DocumentedMetrics.inDocs()
        .forEach((metric, labels) -> assertThat(labels).doesNotContain("instance", "job"));
    assertThat(at(Chart.object(rendered, "ServiceMonitor"), "spec", "endpoints", 0, "honorLabels"))
        .isEqualTo(true);
  }

  /** A rate per second of what happens a few times an hour is not readable. */
  @Test
  void queriesCountRareEvents() {
    assertThat(queries()).noneMatch(query -> query.matches(".*\\brate\\(.*"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/runbook.md", "docs/zh/runbook.md"})
  void everyAlertHasASectionInTheRunbook(String page) {
    // given
    String text = Chart.read(Path.of(page));
    Set<String> sections =
        Pattern.compile("(?m)^## (Acr\\w+)$")
            .matcher(text)
            .results()
            .map(section -> section.group(1))
            .collect(Collectors.toSet());

    // then
    assertThat(sections)
        .containsExactlyInAnyOrderElementsOf(
            rules().stream().map(rule -> (String) at(rule, "alert")).toList());
  }

  @Test
  void alertsLinkTheirSectionOfTheRunbook() {
    assertThat(rules())
        .allSatisfy(
            rule ->
                assertThat((String) at(rule, "annotations", "runbook_url"))
                    .endsWith("docs/runbook.md#" + ((String) at(rule, "alert")).toLowerCase(ROOT)));
    assertThat(Chart.render(command -> command.set("metrics.prometheusRule.enabled", "true")))
        .contains("AcrTokenExpired")
        .doesNotContain("runbook_url");
  }

  private List<String> queries() {
    List<String> queries = new ArrayList<>(dashboard());
    rules().forEach(rule -> queries.add((String) at(rule, "expr")));
    return queries;
  }

  private List<Object> rules() {
    return list(at(Chart.object(rendered, "PrometheusRule"), "spec", "groups", 0, "rules"));
  }

  private List<String> dashboard() {
    return dashboard(rendered).findValuesAsText("expr");
  }

  static JsonNode dashboard(String rendered) {
    String json =
        (String) at(Chart.object(rendered, "ConfigMap"), "data", "acr-credential-operator.json");
    return Serialization.unmarshal(json, JsonNode.class);
  }

  private static Set<String> labels(String query) {
    return Stream.concat(
            BY.matcher(query).results().flatMap(by -> Arrays.stream(by.group(1).split(", *"))),
            MATCHER.matcher(query).results().map(matcher -> matcher.group(1)))
        .collect(Collectors.toSet());
  }

  private static String code() {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(Chart::read)
          .collect(Collectors.joining());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
