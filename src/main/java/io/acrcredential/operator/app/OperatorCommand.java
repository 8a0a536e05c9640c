// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.kubernetes.ApiDiscovery;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Runs the operator until a signal or {@link Lifecycle} stops it. */
@Singleton
public final class OperatorCommand implements QuarkusApplication {

  private static final Logger LOG = Logger.getLogger(OperatorCommand.class);
  private static final int CANNOT_WORK = 1;

  private final Lifecycle lifecycle;
  private final KubernetesClient client;

  OperatorCommand(Lifecycle lifecycle, KubernetesClient client) {
    this.lifecycle = lifecycle;
    this.client = client;
  }

  @Override
  public int run(String... args) {
    Optional<String> obstacle = new ApiDiscovery(client).obstacle();
    if (obstacle.isPresent()) {
      LOG.error(obstacle.get());
      return CANNOT_WORK;
    }
    lifecycle.start();
    Quarkus.waitForExit();
    return 0;
  }
}
