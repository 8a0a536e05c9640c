// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.javaoperatorsdk.operator.Operator;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/**
 * Ready means that the replica works as leader or is on standby. A leader with a failing watch is
 * not ready.
 */
@org.eclipse.microprofile.health.Readiness
@Singleton
final class OperatorReadiness implements HealthCheck {

  private final OperatorComponents components;
  private final Lifecycle lifecycle;
  private final Operator operator;

  OperatorReadiness(OperatorComponents components, Lifecycle lifecycle, Operator operator) {
    this.components = components;
    this.lifecycle = lifecycle;
    this.operator = operator;
  }

  @Override
  public HealthCheckResponse call() {
    List<String> failing = new ArrayList<>(components.informerRegistry.unavailable());
    if (lifecycle.isWorking() && !operator.getRuntimeInfo().allEventSourcesAreHealthy()) {
      failing.add("AcrCredentialPolicies");
    }
    boolean leading = components.leaderElection.isLeading();
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("watches").withData("leading", leading);
    if (!failing.isEmpty()) {
      response.withData("failing", String.join(", ", failing));
    }
    components
        .ownershipLease
        .obstacle()
        .ifPresent(why -> response.withData("anotherOperator", why));
    components.leaderElection.standbyReason().ifPresent(why -> response.withData("standby", why));
    return response.status(!leading || lifecycle.isWorking() && failing.isEmpty()).build();
  }
}
