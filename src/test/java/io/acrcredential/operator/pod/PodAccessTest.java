// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import static io.acrcredential.operator.testkit.Plans.plan;
import static io.acrcredential.operator.testkit.Plans.withInjectPods;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.Settings.StuckPods;
import io.acrcredential.operator.policy.PolicyPlan;
import org.junit.jupiter.api.Test;

class PodAccessTest {

  private final PolicyPlan asks = withInjectPods(plan("asks"));
  private final PolicyPlan doesNot = plan("does-not");

  @Test
  void saysThatTheInstallationAddsNothingToPods() {
    // given
    PodAccess access = new PodAccess(StuckPods.IGNORE, false, () -> {});

    // then
    assertThat(access.injectionObstacle(asks).orElseThrow())
        .startsWith("injectPods has no effect, because ACR_INJECT_PODS is false: install")
        .contains("admission.injectPods");
    assertThat(access.injectionObstacle(doesNot)).isEmpty();
  }

  @Test
  void knowsNoObstacleWhereTheInstallationDoes() {
    assertThat(new PodAccess(StuckPods.IGNORE, true, () -> {}).injectionObstacle(asks)).isEmpty();
  }
}
