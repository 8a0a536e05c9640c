// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every pod gets the pull Secret, however soon it is created after its ServiceAccount. */
@RequiresRealCluster
class CreationBurstIT {

  /** The result of 1,000 ({@code -Dburst.size=1000}) is in docs/admission.md. */
  private static final int SIZE = Integer.getInteger("burst.size", 100);

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
    int neither = run("neither");

    // when only the operator runs
    OperatorProcess operator = env.startOperator();
    int watch = run("watch");
    operator.stop();

    // and when only the admission policy is there
    Manifests.create(env.client, AdmissionManifest.strict());
    AdmissionManifest.awaitEntry(env.client, "before", PULL_SECRET);
    int stopped = run("stopped");

    // and when both are there
    env.startOperator();
    int running = run("running");

    // then
    System.out.printf(
        "Pods with the entry exactly once, of %,d: neither %,d; operator alone %,d; admission policy"
            + " alone %,d; both %,d%n",
        SIZE, neither, watch, stopped, running);
    assertThat(neither).as("without both no pod has it").isZero();
    assertThat(stopped).as("operator stopped").isEqualTo(SIZE);
    assertThat(running).as("operator running").isEqualTo(SIZE);
  }

  private static int run(String prefix) throws Exception {
    return CreationBurst.run(env.client, prefix, SIZE);
  }
}
