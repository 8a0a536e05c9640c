// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import io.acrcredential.operator.pod.WaitingReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What is known of the namespace and of what is in it.
 *
 * @param accounts the ServiceAccounts in question
 * @param pod absent unless a pod is to be explained
 * @param secrets those that the pod and the ServiceAccounts list, and the pull Secret, by name
 */
public record WorkloadFacts(
    Read<NamespaceFacts> namespace,
    Read<List<AccountFacts>> accounts,
    Read<PodFacts> pod,
    Map<String, Read<SecretFacts>> secrets) {

  /**
   * A namespace.
   *
   * @param isTerminating whether it is being deleted
   */
  public record NamespaceFacts(String name, Map<String, String> labels, boolean isTerminating) {}

  /**
   * A ServiceAccount.
   *
   * @param pullSecrets the names in its imagePullSecrets
   * @param appliedBy the clients that own imagePullSecrets by server-side apply
   */
  public record AccountFacts(
      String name, Map<String, String> labels, List<String> pullSecrets, List<String> appliedBy) {}

  /**
   * A pod.
   *
   * @param pullSecrets the names in its imagePullSecrets; one without a name is empty
   * @param events its Warning Events, newest first; unreadable ones are none
   */
  public record PodFacts(
      String serviceAccount,
      List<String> pullSecrets,
      Instant createdAt,
      List<ContainerFacts> containers,
      List<EventFacts> events) {}

  /**
   * A container.
   *
   * @param waitingFor the reason why it waits; empty = it does not
   * @param message says more; sanitized
   */
  public record ContainerFacts(String image, String waitingFor, String message) {

    /** Whether the image could not be pulled so far. */
    public boolean isPullFailing() {
      return WaitingReason.of(waitingFor) != WaitingReason.OTHER
          || waitingFor.equals("InvalidImageName");
    }

    /** Whether kubelet did not try, because it cannot decode a Secret that the pod lists. */
    public boolean isSecretUnreadable() {
      return WaitingReason.of(waitingFor) == WaitingReason.SECRET_UNREADABLE;
    }
  }

  /**
   * An Event about the pod.
   *
   * @param message sanitized
   */
  public record EventFacts(String reason, String message) {}
}
