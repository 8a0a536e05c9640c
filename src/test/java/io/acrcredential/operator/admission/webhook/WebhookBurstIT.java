// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.admission.CreationBurst;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every pod gets the pull Secret by the webhook, and by nothing else: no operator runs. */
@RequiresRealCluster
class WebhookBurstIT {

  /** {@code ./bench admission} creates 1,000. */
  private static final int SIZE = 100;

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void start() {
    env = OperatorTestEnvironment.createOnNewCluster(setup -> {});
    CreationBurst.createPolicy(env);
    env.createNamespace("before", Map.of("burst", "on"));
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  @Test
  void everyPodHasTheEntry() throws Exception {
    // given
    int port = FreePort.next();
    Manifests.create(env.client, WebhookReplica.configuration(port, "Ignore"));
    try (WebhookReplica replica =
        new WebhookReplica(env.client, port, Clock.systemUTC(), Set.of(), Set.of())) {
      AdmissionManifest.awaitEntry(env.client, "before", PULL_SECRET);

      // when
      int bound = CreationBurst.run(env.client, "webhook", SIZE);

      // then
      assertThat(bound).isEqualTo(SIZE);
    }
  }
}
