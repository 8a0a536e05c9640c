// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.Condition;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The gauges, and the counters of writes before the first write; other counters and timers are
 * registered by the classes whose work they measure. Only the leader exports metrics of policies
 * and tokens: those of a former leader would be outdated.
 */
@Singleton
final class OperatorMetrics {

  private static final Logger LOG = Logger.getLogger(OperatorMetrics.class);

  /**
   * The verbs of the writes by kind, so that their counters exist from the start: Prometheus does
   * not see the increase of a counter that starts with 1.
   */
  static final Map<String, List<String>> WRITES =
      Map.of(
          "AcrCredentialPolicy", List.of("create", "update", "patch", "delete"),
          "Event", List.of("create"),
          "Eviction", List.of("create"),
          "MutatingWebhookConfiguration", List.of("patch"),
          "Secret", List.of("create", "update", "patch", "delete"),
          "ServiceAccount", List.of("patch"));

  private final OperatorComponents components;
  private final MultiGauge expiryGauge;
  private final MultiGauge policies;
  private final TokenExpiries expiries;
  private final HeapUsage heap = new HeapUsage();

  /** What the gauge has now: registering thousands of series costs CPU, so only changes do it. */
  private Map<Tags, Instant> exported = Map.of();

  OperatorMetrics(OperatorComponents components, MeterRegistry meters) {
    this.components = components;
    this.expiries = new TokenExpiries(components.policyIndex, components.tokens::state);
    this.expiryGauge =
        MultiGauge.builder("acr_token_expiry_timestamp")
            .baseUnit("seconds")
            .description(
                ("expiry of the current token, in seconds of Unix time; of more than %d pairs of"
                        + " policy and registry, one series per registry, with its oldest policy")
                    .formatted(TokenExpiries.MAX_PAIRS))
            .register(meters);
    this.policies =
        MultiGauge.builder("acr_policy_ready")
            .description("whether the policy's condition Ready is True, with its reason")
            .register(meters);
    Gauge.builder("acr_leader", components, OperatorMetrics::leader)
        .description("1 if this process leads, else 0")
        .register(meters);
    Gauge.builder("acr_pull_secrets", components.cache, cache -> count(cache))
        .description("pull Secrets in the cluster that this operator owns")
        .register(meters);
    Gauge.builder("acr_bound_service_accounts", components.bindingCounts, BindingCounts::totalBound)
        .description("ServiceAccounts that have the pull Secret because of a policy")
        .register(meters);
    Gauge.builder("acr_operator_confined", components.confinement, ConfinementCheck::metric)
        .description("whether admission policies confine the operator's identity: 1 or 0")
        .register(meters);
    Gauge.builder("acr_admission_policy_active", components.admission, a -> a.isActive() ? 1 : 0)
        .description("1 if new ServiceAccounts are bound at admission, 0 if not")
        .register(meters);
    Gauge.builder("acr_heap_live_ratio", heap, HeapUsage::ratio)
        .description("heap in use after the last garbage collection, as a share of its maximum")
        .register(meters);
    WRITES.forEach(
        (kind, verbs) ->
            verbs.forEach(
                verb -> meters.counter("acr_kubernetes_writes", "kind", kind, "verb", verb)));
  }

  void onStart(@Observes StartupEvent event) {
    components.timer.scheduleWithFixedDelay(this::update, 1, 5, TimeUnit.SECONDS);
  }

  private static double leader(OperatorComponents components) {
    return components.leaderElection.isLeading() ? 1 : 0;
  }

  private static double count(ClusterCache cache) {
    int owned = 0;
    for (String namespace : cache.pullSecrets.namespaces()) {
      owned += cache.hasOwnPullSecret(namespace) ? 1 : 0;
    }
    return owned;
  }

  /** Catches everything, because a periodic task ends with its first exception. */
  private void update() {
    try {
      heap.check();
      // Otherwise the changed namespaces would accumulate on a standby replica that is not scraped.
      components.bindingCounts.totalBound();
      boolean leading = components.leaderElection.isLeading();
      updateExpiries(leading ? expiries.read() : Map.of());
      if (leading) {
        expiries.warning().ifPresent(LOG::warn);
      }
      policies.register(
          leading ? policyRows(components.policyStatuses.readyConditions()) : List.of(), true);
    } catch (RuntimeException | Error e) {
      LOG.error("Failed to update the metrics of policies and tokens", ExceptionText.trace(e));
    }
  }

  private void updateExpiries(Map<Tags, Instant> ends) {
    if (ends.equals(exported)) {
      return;
    }
    List<Row<?>> rows = new ArrayList<>();
    ends.forEach((tags, end) -> rows.add(Row.of(tags, end.getEpochSecond())));
    expiryGauge.register(rows, true);
    exported = ends;
  }

  /** 1 if the condition is True, else 0. The labels are the policy and the reason. */
  static List<Row<?>> policyRows(Map<String, Condition> ready) {
    List<Row<?>> rows = new ArrayList<>();
    ready.forEach(
        (policy, condition) ->
            rows.add(
                Row.of(
                    Tags.of("policy", policy, "reason", condition.getReason()),
                    condition.getStatus().equals("True") ? 1 : 0)));
    return rows;
  }
}
