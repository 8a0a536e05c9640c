// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.pod.ObservedPod.Waiting;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What to do about a pod that waits for an image: a pure function of what is observed.
 *
 * @param reason of the Event on the pod; null = none
 * @param message of the Event
 */
record PodDecision(Action action, Reason reason, String message) {

  enum Action {
    /** It is none of the operator's concern. */
    IGNORE,
    /** Its ServiceAccount does not have the pull Secret yet. */
    WAIT,
    /** An Event tells people what to do. */
    REPORT,
    /** Its successor will have the pull Secret. */
    EVICT
  }

  /** What the operator may do about pods, for the policy that an image belongs to. */
  enum Permission {
    /** The policy does not ask for it. */
    NOT_ASKED,
    /** The policy asks for it, but the operator may not evict pods. */
    NOT_ALLOWED,
    ALLOWED
  }

  /**
   * A registry of the policies that cover the namespace.
   *
   * @param policy the policy that it belongs to
   * @param hasToken whether the pull Secret has a valid token for it
   */
  record CoveredImage(String policy, Permission permission, boolean hasToken) {}

  /**
   * The state of the namespace.
   *
   * @param pullSecret the name of the pull Secret
   * @param hasPullSecret whether the operator's pull Secret is there
   * @param account the pod's ServiceAccount; null = there is none
   * @param binding what the policies want of the ServiceAccount
   * @param isInjected whether each new pod of the ServiceAccount gets the entry
   * @param coverage the registry that serves an image; empty = no policy covers it
   */
  record Surroundings(
      String pullSecret,
      boolean hasPullSecret,
      ObservedServiceAccount account,
      BindingDecision binding,
      boolean isInjected,
      Function<String, Optional<CoveredImage>> coverage) {

    /** Whether a new pod has the pull Secret. */
    private boolean successorHasIt() {
      return hasPullSecret && (isInjected || account.imagePullSecrets().contains(pullSecret));
    }

    /** What a pod would have from its ServiceAccount without the operator. */
    private List<String> entriesOfOthers() {
      return account.imagePullSecrets().stream().filter(name -> !name.equals(pullSecret)).toList();
    }
  }

  private static final PodDecision IGNORE = new PodDecision(Action.IGNORE, null, "");
  private static final PodDecision WAIT = new PodDecision(Action.WAIT, null, "");

  static PodDecision of(Waiting pod, Surroundings around) {
    boolean hasEntry = pod.imagePullSecrets().contains(around.pullSecret());
    if (!pod.blockedImages().isEmpty()) {
      boolean concerned =
          hasEntry || pod.blockedImages().stream().anyMatch(i -> isCovered(i, around));
      return concerned ? report(Reason.ImagePullSecretUnreadable, unreadable(pod)) : IGNORE;
    }
    String image =
        pod.failingImages().stream().filter(i -> isCovered(i, around)).findFirst().orElse(null);
    if (image == null || hasEntry || around.account() == null) {
      // With the entry, the pull fails for another reason, which a successor would meet too.
      return IGNORE;
    }
    CoveredImage covered = around.coverage().apply(image).orElseThrow();
    if (!around.isInjected()
        && !pod.imagePullSecrets().isEmpty()
        && !pod.imagePullSecrets().equals(around.entriesOfOthers())) {
      return report(Reason.OwnImagePullSecrets, ownList(pod, around));
    }
    if (around.binding() == BindingDecision.REMOVE) {
      return report(Reason.PullSecretMissing, notSelected(pod, covered));
    }
    if (!around.successorHasIt() || !covered.hasToken()) {
      return WAIT;
    }
    if (pod.controller() == null) {
      return report(
          Reason.PullSecretMissing,
          tooEarly(pod, around, image)
              + "No controller replaces this pod: delete it and create it again");
    }
    return switch (covered.permission()) {
      case ALLOWED -> new PodDecision(Action.EVICT, null, "");
      case NOT_ASKED ->
          report(
              Reason.PullSecretMissing,
              tooEarly(pod, around, image)
                  + "Delete it, and its successor gets the entry. With healPods: true in policy "
                  + covered.policy()
                  + ", the operator evicts such pods");
      case NOT_ALLOWED ->
          report(
              Reason.PullSecretMissing,
              tooEarly(pod, around, image)
                  + "Delete it, and its successor gets the entry. Policy "
                  + covered.policy()
                  + " has healPods: true, but the operator may not evict pods");
    };
  }

  /** Evictions did not help, because the successors have no entry either. */
  static PodDecision afterTooManyEvictions(Surroundings around, Waiting pod) {
    return report(
        Reason.PullSecretMissing,
        "The operator evicted pods of %s, but their successors do not have the entry %s either: add it to imagePullSecrets in the pod template, or let no admission rule remove it"
            .formatted(pod.controller().group(), around.pullSecret()));
  }

  private static boolean isCovered(String image, Surroundings around) {
    return around.coverage().apply(image).isPresent();
  }

  private static PodDecision report(Reason reason, String message) {
    return new PodDecision(Action.REPORT, reason, message);
  }

  private static String tooEarly(Waiting pod, Surroundings around, String image) {
    return "The pod was created before pods of ServiceAccount %s got the pull Secret %s, so it cannot pull %s. "
        .formatted(pod.serviceAccount(), around.pullSecret(), image);
  }

  private static String ownList(Waiting pod, Surroundings around) {
    return "The pod has imagePullSecrets of its own (%s), so it does not get those of ServiceAccount %s: add %s to the list in the pod template, remove the list, or set injectPods: true in a policy that covers it"
        .formatted(list(pod), pod.serviceAccount(), around.pullSecret());
  }

  private static String notSelected(Waiting pod, CoveredImage covered) {
    return "No policy selects ServiceAccount %s of this pod, so it has no pull Secret: add it to targets.serviceAccounts of policy %s"
        .formatted(pod.serviceAccount(), covered.policy());
  }

  /** Without kubelet's text, which quotes a character of the Secret. */
  private static String unreadable(Waiting pod) {
    return "Kubelet cannot read one of the pod's imagePullSecrets (%s), and that blocks all images of the pod, also those that need no Secret: correct the malformed Secret, or remove it from the list. The status of the waiting container has kubelet's error"
        .formatted(list(pod));
  }

  private static String list(Waiting pod) {
    return String.join(
        ", ",
        pod.imagePullSecrets().stream()
            .map(name -> name.isEmpty() ? "an entry without a name" : name)
            .toList());
  }
}
