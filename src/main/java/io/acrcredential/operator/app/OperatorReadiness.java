// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.kubernetes.watch.WatchConnections;
import io.acrcredential.operator.leader.LeaderElection;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/**
 * Ready means that the replica works as leader, or stands by for another one, and that the Lease is
 * readable, the caches are synced and the watches are live.
 */
@org.eclipse.microprofile.health.Readiness
@Singleton
final class OperatorReadiness implements HealthCheck {

  private final OperatorComponents components;
  private final Lifecycle lifecycle;
  private final WatchConnections watches;

  OperatorReadiness(OperatorComponents components, Lifecycle lifecycle, WatchConnections watches) {
    this.components = components;
    this.lifecycle = lifecycle;
    this.watches = watches;
  }

  @Override
  public HealthCheckResponse call() {
    LeaderElection election = components.leaderElection;
    List<String> failing = new ArrayList<>(components.informerRegistry.unavailable());
    if (lifecycle.isPolicyInformerFailing()) {
      failing.add("AcrCredentialPolicies");
    }
    if (watches.isAnySilent()) {
      failing.add("a watch that does not answer");
    }
    if (!election.isReadable()) {
      failing.add("Lease " + components.namespace + "/" + LeaderElection.NAME);
    }
    boolean leading = election.isLeading();
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("watches").withData("leading", leading);
    if (!failing.isEmpty()) {
      response.withData("failing", String.join(", ", failing));
    }
    components
        .ownershipLease
        .obstacle()
        .ifPresent(why -> response.withData("anotherOperator", why));
    election.failure().ifPresent(why -> response.withData("lease", why));
    election.standbyReason().ifPresent(why -> response.withData("standby", why));
    boolean serving = leading ? lifecycle.isWorking() : election.isStandby();
    return response.status(serving && failing.isEmpty() && !lifecycle.isStopping()).build();
  }
}
