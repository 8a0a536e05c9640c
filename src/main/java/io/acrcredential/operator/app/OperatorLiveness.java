// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/**
 * Live means that the leader renews tokens in time. Failures of ACR do not count, because a restart
 * does not help. A standby replica renews nothing and is live.
 */
@org.eclipse.microprofile.health.Liveness
@Singleton
final class OperatorLiveness implements HealthCheck {

  private final OperatorComponents components;

  OperatorLiveness(OperatorComponents components) {
    this.components = components;
  }

  @Override
  public HealthCheckResponse call() {
    int overdue = components.leaderElection.isLeading() ? components.tokens.countOverdue() : 0;
    return HealthCheckResponse.named("token renewal")
        .withData("overdue", overdue)
        .status(overdue == 0)
        .build();
  }
}
