// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.kubernetes.Ownership;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ObservedSecretTest {

  @Test
  void isOwnedByItsAnnotationAndNotByItsLabels() {
    assertThat(observed(Map.of(), "team-a").owned()).as("rewritten labels").isTrue();
    assertThat(observed(Ownership.LABELS, "team-a").owned()).isTrue();
    assertThat(observed(Ownership.LABELS, null).owned()).as("copied labels").isFalse();
    assertThat(observed(Ownership.LABELS, null).copiedFrom()).isNull();
  }

  @Test
  void copyOfAnotherNamespaceIsNotOwned() {
    // given
    ObservedSecret copy = observed(Ownership.LABELS, "source");

    // then
    assertThat(copy.owned()).isFalse();
    assertThat(copy.copiedFrom()).isEqualTo("source");
    assertThat(observed(Map.of(), "team-a").copiedFrom()).isNull();
  }

  @Test
  void observesDeletion() {
    // given
    Secret secret = secret(Map.of(), "team-a");
    secret.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

    // then
    assertThat(ObservedSecret.of(secret).terminating()).isTrue();
    assertThat(observed(Map.of(), "team-a").terminating()).isFalse();
  }

  private static ObservedSecret observed(Map<String, String> labels, String writtenFor) {
    return ObservedSecret.of(secret(labels, writtenFor));
  }

  private static Secret secret(Map<String, String> labels, String writtenFor) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("team-a")
        .withName("pull")
        .withResourceVersion("1")
        .withLabels(labels)
        .withAnnotations(writtenFor == null ? null : Map.of(Ownership.WRITTEN_FOR, writtenFor))
        .endMetadata()
        .build();
  }
}
