// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OperatorMetricsTest {

  private static final Pattern QUOTED = Pattern.compile("\"(\\w+)\"");

  @Test
  void reportsWhetherPoliciesAreReady() {
    // given
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    MultiGauge gauge = MultiGauge.builder("acr_policy_ready").register(meters);

    // when
    gauge.register(
        OperatorMetrics.policyRows(
            Map.of(
                "good", ready("True", "Ready"),
                "bad", ready("False", "NoneFresh"),
                "unknown", ready("Unknown", "Binding"))));

    // then
    assertThat(meters.get("acr_policy_ready").gauges())
        .extracting(
            row -> row.getId().getTag("policy"), row -> row.getId().getTag("reason"), Gauge::value)
        .containsExactlyInAnyOrder(
            tuple("good", "Ready", 1.0),
            tuple("bad", "NoneFresh", 0.0),
            tuple("unknown", "Binding", 0.0));
  }

  private static Condition ready(String status, String reason) {
    return new ConditionBuilder().withType("Ready").withStatus(status).withReason(reason).build();
  }

  /** A counter that is missing here starts with 1, which Prometheus does not see as an increase. */
  @Test
  void registersTheCounterOfEveryWrite() {
    // given
    Pattern permit = Pattern.compile("permit\\(\\s*\"(\\w+)\",([^;]*)\\);");
    Map<String, Set<String>> writes = new TreeMap<>();

    // when
    permit
        .matcher(source(""))
        .results()
        .forEach(
            call ->
                QUOTED
                    .matcher(call.group(2))
                    .results()
                    .forEach(
                        verb ->
                            writes
                                .computeIfAbsent(call.group(1), kind -> new TreeSet<>())
                                .add(verb.group(1))));

    // then
    Map<String, Set<String>> registered = new TreeMap<>();
    OperatorMetrics.WRITES.forEach((kind, verbs) -> registered.put(kind, new TreeSet<>(verbs)));
    assertThat(registered).isEqualTo(writes);
  }

  /** The same for the failures of calls. */
  @Test
  void registersTheCounterOfEveryFailure() {
    // given
    String callers = source("alibabacloud") + source("credentials") + source("token");

    // when
    Set<Reason> used =
        Pattern.compile("Reason\\.([A-Z]\\w+)")
            .matcher(callers)
            .results()
            .map(reason -> Reason.valueOf(reason.group(1)))
            .collect(Collectors.toSet());

    // then
    assertThat(AlibabaCloudException.REASONS).containsExactlyInAnyOrderElementsOf(used);
  }

  /** The sources of a package and of those below it. */
  private static String source(String name) {
    Path folder = Path.of("src/main/java/io/acrcredential/operator").resolve(name);
    try (Stream<Path> files = Files.walk(folder)) {
      StringBuilder text = new StringBuilder();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        text.append(Files.readString(file));
      }
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
