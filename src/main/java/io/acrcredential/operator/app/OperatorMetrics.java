// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.text.ExceptionText;
import io.acrcredential.operator.token.RegistryState;
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
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** The gauges; counters and timers are registered by the classes whose work they measure. */
@Singleton
final class OperatorMetrics {

  private static final Logger LOG = Logger.getLogger(OperatorMetrics.class);

  private final OperatorComponents components;
  private final MultiGauge expiries;

  OperatorMetrics(OperatorComponents components, MeterRegistry meters) {
    this.components = components;
    this.expiries =
        MultiGauge.builder("acr_token_expiry_timestamp")
            .baseUnit("seconds")
            .description("expiry of the current token, in seconds of Unix time")
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
  }

  void onStart(@Observes StartupEvent event) {
    components.timer.scheduleWithFixedDelay(this::update, 1, 5, TimeUnit.SECONDS);
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
      updateExpiries();
    } catch (RuntimeException | Error e) {
      LOG.error("Failed to update the token metrics", ExceptionText.trace(e));
    }
  }

  private void updateExpiries() {
    // Otherwise the changed namespaces would accumulate on a standby replica that is not scraped.
    components.bindingCounts.totalBound();
    List<Row<?>> rows = new ArrayList<>();
    expiries(components.policyIndex.plans(), components.tokens::state)
        .forEach((tags, end) -> rows.add(Row.of(tags, end.getEpochSecond())));
    expiries.register(rows, true);
  }

  /**
   * Two items may differ only in their identity, which is not a label: the earlier expiry counts.
   */
  static Map<Tags, Instant> expiries(
      Collection<PolicyPlan> plans, Function<RegistryRef, RegistryState> states) {
    Map<Tags, Instant> ends = new LinkedHashMap<>();
    for (PolicyPlan plan : plans) {
      for (ResolvedRegistry registry : plan.acceptedRegistries()) {
        RegistryState state = states.apply(registry.ref());
        if (state.token() != null) {
          Tags tags =
              Tags.of(
                  "policy", plan.name(),
                  "instance", registry.ref().instanceId(),
                  "region", registry.ref().region());
          ends.merge(tags, state.token().expiresAt(), (a, b) -> a.isBefore(b) ? a : b);
        }
      }
    }
    return ends;
  }
}
