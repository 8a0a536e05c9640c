// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every pod gets the pull Secret, however soon it is created after its ServiceAccount. */
@RequiresRealCluster
class CreationBurstIT {

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
  void everyPodHasTheEntryWithTheOperatorAndWithoutIt() throws Exception {
    // given neither operator nor admission policy
    int neither = CreationBurst.run(env.client, "neither", SIZE);

    // when only the admission policy is there
    Manifests.create(env.client, AdmissionManifest.strict());
    AdmissionManifest.awaitEntry(env.client, "before", PULL_SECRET);
    int stopped = CreationBurst.run(env.client, "stopped", SIZE);

    // and when the operator runs
    env.startOperator();
    int running = CreationBurst.run(env.client, "running", SIZE);

    // then
    assertThat(neither).as("without both no pod has it").isZero();
    assertThat(stopped).as("operator stopped").isEqualTo(SIZE);
    assertThat(running).as("operator running").isEqualTo(SIZE);
  }
}
