// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A short run of {@code ./chaos}: one fault of each kind, always the same. */
@RequiresRealCluster
class ChaosIT {

  private static final List<String> FAULTS =
      List.of(
          "api-outage",
          "api-half-open",
          "api-503",
          "api-409",
          "api-answers-lost",
          "watch-expire",
          "etcd-killed",
          "etcd-restored",
          "acr-hang",
          "sts-500",
          "leader-killed",
          "tenant-forges");

  @Test
  void convergesAfterEveryFaultAndLosesNothing() throws Exception {
    // given
    ChaosOptions options =
        ChaosOptions.parse(
            "--seed",
            "17",
            "--faults",
            "12",
            "--hold",
            "2-4",
            "--slack",
            "60",
            "--only",
            String.join(",", FAULTS));

    // when
    try (ChaosRun run = new ChaosRun(options)) {
      List<ChaosRun.Step> steps = run.run();

      // then
      System.out.println(VerdictTable.of(steps));
      assertThat(steps).flatExtracting(ChaosRun.Step::faults).hasSize(12);
      assertThat(steps).flatExtracting(ChaosRun.Step::violations).isEmpty();
      assertThat(run.interleavedWrites()).as("writes of others").isPositive();
    }
  }
}
