// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OwnershipTest {

  @Test
  void isTheOperatorsWithTheLabelManagedBy() {
    assertThat(Ownership.isOurs(labelled(Ownership.LABELS))).isTrue();
    assertThat(
            Ownership.isOurs(
                labelled(Map.of("app.kubernetes.io/managed-by", "acr-credential-operator"))))
        .isTrue();
  }

  @Test
  void isNotTheOperatorsWithoutThatLabel() {
    assertThat(Ownership.isOurs(labelled(Map.of()))).isFalse();
    assertThat(Ownership.isOurs(labelled(null))).isFalse();
    assertThat(Ownership.isOurs(labelled(Map.of("app.kubernetes.io/managed-by", "Helm"))))
        .isFalse();
    assertThat(
            Ownership.isOurs(
                labelled(Map.of("app.kubernetes.io/part-of", "acr-credential-operator"))))
        .isFalse();
  }

  @Test
  void isTheOperatorsWithItsAnnotationWhateverAdmissionDoesToTheLabel() {
    // given
    Secret rewritten =
        new SecretBuilder(labelled(Map.of("app.kubernetes.io/managed-by", "platform")))
            .editMetadata()
            .withNamespace("team-a")
            .withAnnotations(Ownership.annotations("team-a"))
            .endMetadata()
            .build();

    // then
    assertThat(Ownership.isOurs(rewritten)).isTrue();
    rewritten.getMetadata().setNamespace("team-b");
    assertThat(Ownership.isOurs(rewritten)).as("a copy").isFalse();
  }

  private static Secret labelled(Map<String, String> labels) {
    return new SecretBuilder().withNewMetadata().withLabels(labels).endMetadata().build();
  }
}
