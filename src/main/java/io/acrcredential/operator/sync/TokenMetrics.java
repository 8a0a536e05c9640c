// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts and times the fetches of tokens: acr_token_refresh_total and acr_token_refresh_seconds.
 * All outcomes of a region exist from its first fetch on, because Prometheus does not see the
 * increase of a counter that starts with 1.
 */
final class TokenMetrics {

  private final MeterRegistry meters;
  private final Set<String> registered = ConcurrentHashMap.newKeySet();

  TokenMetrics(MeterRegistry meters) {
    this.meters = meters;
  }

  /**
   * Records one fetch.
   *
   * @param error null = the fetch succeeded
   */
  void record(String region, Duration took, AlibabaCloudException error) {
    if (registered.add(region)) {
      successes(region);
      AlibabaCloudException.REASONS.forEach(reason -> failures(region, reason.name()));
    }
    (error == null ? successes(region) : failures(region, error.reason().name())).increment();
    Timer.builder("acr_token_refresh")
        .tag("region", region)
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofMillis(10))
        .maximumExpectedValue(Duration.ofSeconds(30))
        .register(meters)
        .record(took);
  }

  private Counter successes(String region) {
    return refreshes(region, "success", "none");
  }

  private Counter failures(String region, String reason) {
    return refreshes(region, "failure", reason);
  }

  private Counter refreshes(String region, String outcome, String reason) {
    return meters.counter(
        "acr_token_refresh", "region", region, "outcome", outcome, "reason", reason);
  }
}
