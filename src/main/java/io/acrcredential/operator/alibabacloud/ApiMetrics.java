// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts API calls: acr_api_requests_total and acr_api_throttled_total. All outcomes of an API in a
 * region exist from its first call on, because Prometheus does not see the increase of a counter
 * that starts with 1.
 */
final class ApiMetrics {

  private static final String SUCCESS = "success";

  private record Api(String name, String region) {}

  private final MeterRegistry meters;
  private final Counter throttled;
  private final Set<Api> registered = ConcurrentHashMap.newKeySet();

  ApiMetrics(MeterRegistry meters) {
    this.meters = meters;
    this.throttled = meters.counter("acr_api_throttled");
  }

  /**
   * Counts one call.
   *
   * @param action with its product: {@code cr:GetAuthorizationToken}
   * @param failure null = the call succeeded
   */
  void count(String action, String region, Throwable failure) {
    Api api = new Api(action.substring(action.indexOf(':') + 1), region);
    if (registered.add(api)) {
      requests(api, SUCCESS);
      AlibabaCloudException.REASONS.forEach(reason -> requests(api, reason.name()));
    }
    if (failure == null) {
      requests(api, SUCCESS).increment();
      return;
    }
    Reason reason = failure instanceof AlibabaCloudException e ? e.reason() : Reason.Unreachable;
    requests(api, reason.name()).increment();
    if (reason == Reason.Throttled) {
      throttled.increment();
    }
  }

  private Counter requests(Api api, String outcome) {
    return meters.counter(
        "acr_api_requests", "api", api.name(), "region", api.region(), "outcome", outcome);
  }
}
