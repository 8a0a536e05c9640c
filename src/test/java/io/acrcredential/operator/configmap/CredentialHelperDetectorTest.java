// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.kubernetes.Ownership;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** While the helper's Deployment cannot be read, only policies that were served stay in force. */
class CredentialHelperDetectorTest {

  private final CredentialHelperDetector detector = new CredentialHelperDetector(null);
  private final AcrCredentialPolicy policy = new AcrCredentialPolicy();

  CredentialHelperDetectorTest() {
    policy.getMetadata().setName(ConfigMapPolicy.NAME);
    policy.getMetadata().setLabels(Ownership.LABELS);
    policy.getMetadata().setGeneration(2L);
  }

  @Test
  void policyThatWasServedStaysInForce() {
    ready("True", "Ready", 2);
    assertThat(detector.suspensionReason(policy)).isEmpty();
    ready("False", "PartlyFresh", 2);
    assertThat(detector.suspensionReason(policy)).isEmpty();
  }

  @Test
  void policyThatWasNotServedWaits() {
    assertThat(detector.suspensionReason(policy)).isPresent();
    ready("False", "CredentialHelperRunning", 2);
    assertThat(detector.suspensionReason(policy)).isPresent();
  }

  @Test
  void statusThatCleanupResetDoesNotCountAsServed() {
    ready("Unknown", "CleanedUp", 2);
    assertThat(detector.suspensionReason(policy)).isPresent();
  }

  @Test
  void statusOfAnEarlierSpecDoesNotCountAsServed() {
    ready("True", "Ready", 1);
    assertThat(detector.suspensionReason(policy)).isPresent();
  }

  private void ready(String status, String reason, long generation) {
    policy.setStatus(
        new AcrCredentialPolicyStatus(
            generation,
            List.of(
                new ConditionBuilder()
                    .withType("Ready")
                    .withStatus(status)
                    .withReason(reason)
                    .withMessage("")
                    .withObservedGeneration(generation)
                    .build()),
            List.of(),
            "1/1",
            "1/1",
            null,
            1,
            1,
            null));
  }
}
