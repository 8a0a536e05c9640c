// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TokenMetricsTest {

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TokenMetrics metrics = new TokenMetrics(meters);

  /** Prometheus does not see the increase of a counter that starts with 1. */
  @Test
  void registersEveryFailureWithTheFirstFetchOfItsRegion() {
    // when
    metrics.record("cn-hangzhou", Duration.ofSeconds(1), null);

    // then
    TreeMap<String, Double> counts = counts("cn-hangzhou");
    assertThat(counts.remove("success none")).isEqualTo(1);
    assertThat(counts).hasSameSizeAs(AlibabaCloudException.REASONS);
    assertThat(counts.values()).containsOnly(0.0);
    assertThat(counts("cn-beijing")).isEmpty();

    // when
    metrics.record(
        "cn-hangzhou",
        Duration.ofSeconds(3),
        new AlibabaCloudException(Reason.AccessDenied, "NoPermission", "m", "a", ""));

    // then
    assertThat(counts("cn-hangzhou"))
        .hasSize(AlibabaCloudException.REASONS.size() + 1)
        .containsEntry("failure AccessDenied", 1.0)
        .containsEntry("failure Throttled", 0.0);
    assertThat(meters.get("acr_token_refresh").timers())
        .singleElement()
        .satisfies(timer -> assertThat(timer.totalTime(TimeUnit.SECONDS)).isEqualTo(4));
  }

  private TreeMap<String, Double> counts(String region) {
    TreeMap<String, Double> counts = new TreeMap<>();
    meters
        .find("acr_token_refresh")
        .tag("region", region)
        .counters()
        .forEach(
            counter ->
                counts.put(
                    counter.getId().getTag("outcome") + " " + counter.getId().getTag("reason"),
                    counter.count()));
    return counts;
  }
}
