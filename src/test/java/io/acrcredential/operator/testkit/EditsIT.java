// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Another writer is faster between the reading and the writing. */
@RequiresRealCluster
class EditsIT {

  private static OperatorTestEnvironment env;

  @BeforeAll
  static void set() {
    env = OperatorTestEnvironment.create();
    env.createNamespace("edits", Map.of());
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @Test
  void editsTheVersionThatAnotherWrote() {
    // given
    Resource<ServiceAccount> account = account("changed", "a");
    AtomicInteger attempts = new AtomicInteger();

    // when another changes it during the first two attempts
    Edits.edit(
        account,
        found -> {
          int attempt = attempts.incrementAndGet();
          if (attempt <= 2) {
            Edits.edit(account, entries("a", "theirs-" + attempt));
          }
          found.getImagePullSecrets().add(new LocalObjectReference("ours"));
          return found;
        });

    // then
    assertThat(env.imagePullSecrets("edits", "changed")).containsExactly("a", "theirs-2", "ours");
    assertThat(attempts).hasValue(3);
  }

  /** The API server cannot apply such a patch, and says nothing of a conflict. */
  @Test
  void removesAnEntryAfterAnotherRemovedOne() {
    // given
    Resource<ServiceAccount> account = account("removed", "a", "b", "c");
    AtomicInteger attempts = new AtomicInteger();

    // when
    Edits.edit(
        account,
        found -> {
          if (attempts.incrementAndGet() == 1) {
            Edits.edit(account, entries("a"));
          }
          found.getImagePullSecrets().removeIf(entry -> entry.getName().equals("c"));
          return found;
        });

    // then
    assertThat(env.imagePullSecrets("edits", "removed")).containsExactly("a");
    assertThat(attempts).hasValue(2);
  }

  @Test
  void doesNotRepeatWhatIsInvalid() {
    // given
    Resource<ServiceAccount> account = account("invalid");
    AtomicInteger attempts = new AtomicInteger();

    // when, then
    assertThatThrownBy(
            () ->
                Edits.edit(
                    account,
                    found -> {
                      attempts.incrementAndGet();
                      found.getMetadata().setLabels(Map.of("not a label", ""));
                      return found;
                    }))
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(422));
    assertThat(attempts).hasValue(1);
  }

  @Test
  void editsNoObjectThatItCannotReadAgain() {
    // given
    ServiceAccount read = account("read").get();

    // when, then
    assertThatThrownBy(() -> Edits.edit(env.client.resource(read), entries("a")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Resource<ServiceAccount> account(String name, String... entries) {
    env.createServiceAccount("edits", name, entries);
    return env.client.serviceAccounts().inNamespace("edits").withName(name);
  }

  private static UnaryOperator<ServiceAccount> entries(String... names) {
    return account -> {
      account.setImagePullSecrets(List.of(names).stream().map(LocalObjectReference::new).toList());
      return account;
    };
  }
}
