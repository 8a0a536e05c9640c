package io.acrcredential.operator.operator;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.Wanted;
import io.acrcredential.operator.token.RegistryState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The gauges of DESIGN section 8; counters and timers are where what they count happens. */
@Singleton
final class Meters {

  private final Assembly parts;
  private final MultiGauge expiries;

  Meters(Assembly parts, MeterRegistry meters) {
    this.parts = parts;
    this.expiries =
        MultiGauge.builder("acr_token_expiry_timestamp")
            .baseUnit("seconds")
            .description("when the token in use ends, in seconds of Unix time")
            .register(meters);
    Gauge.builder("acr_pull_secrets", parts.view, view -> count(view))
        .description("pull Secrets in the cluster that are ours")
        .register(meters);
    Gauge.builder("acr_bound_service_accounts", parts.tally, Tally::bound)
        .description("ServiceAccounts that carry our pull Secret for a policy")
        .register(meters);
  }

  void onStart(@Observes StartupEvent event) {
    parts.timer.scheduleWithFixedDelay(this::update, 1, 5, TimeUnit.SECONDS);
  }

  private static double count(ClusterView view) {
    int ours = 0;
    for (String namespace : view.pullSecrets.namespaces()) {
      ours += view.hasOurs(namespace) ? 1 : 0;
    }
    return ours;
  }

  private void update() {
    Map<Tags, Row<?>> rows = new LinkedHashMap<>();
    for (PolicyPlan plan : parts.coverage.plans()) {
      for (Wanted wanted : plan.accepted()) {
        RegistryState state = parts.tokens.state(wanted.ref());
        if (state.token() != null) {
          Tags tags =
              Tags.of(
                  "policy", plan.name(),
                  "instance", wanted.ref().instanceId(),
                  "region", wanted.ref().region());
          rows.putIfAbsent(tags, Row.of(tags, state.token().expiresAt().getEpochSecond()));
        }
      }
    }
    expiries.register(rows.values(), true);
  }
}
