// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.kubernetes.ApiRefusal;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.serviceaccount.EntryRestoredException;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Collects what {@code cleanup} did and what failed; safe for use by several threads. */
final class CleanupReport {

  /** What the report counts. */
  enum Done {
    ENTRIES("imagePullSecrets entry removed", "imagePullSecrets entries removed"),
    PULL_SECRETS("pull Secret removed", "pull Secrets removed"),
    HANDED_OVER(
        "pull Secret handed over with the entries that reference it",
        "pull Secrets handed over with the entries that reference them"),
    STATE("other Secret of the operator removed", "other Secrets of the operator removed"),
    FINALIZERS("finalizer removed from a policy", "finalizers removed from policies"),
    POLICIES("policy deleted", "policies deleted");

    private final String singular;
    private final String plural;

    Done(String singular, String plural) {
      this.singular = singular;
      this.plural = plural;
    }

    String label(int number) {
      return number == 1 ? singular : plural;
    }
  }

  private final Map<Done, Integer> counts = new EnumMap<>(Done.class);
  private final SortedSet<String> notes = new TreeSet<>();
  private final SortedMap<String, String> failures = new TreeMap<>();

  synchronized void done(Done what) {
    counts.merge(what, 1, Integer::sum);
  }

  synchronized void note(String sentence) {
    notes.add(sentence);
  }

  /** Runs a step; a failure is reported. Returns whether it succeeded. */
  boolean attempt(String where, Runnable step) {
    try {
      step.run();
      return true;
    } catch (KubernetesClientException | WriteFence.NotLeadingException e) {
      failed(where, e);
      return false;
    }
  }

  /**
   * @param where such as {@code namespace team-a}
   */
  synchronized void failed(String where, RuntimeException e) {
    failures.put(where, ExceptionText.of(e) + advice(e));
  }

  synchronized Map<String, String> failures() {
    return new TreeMap<>(failures);
  }

  synchronized int count(Done what) {
    return counts.getOrDefault(what, 0);
  }

  /** The report as text. */
  synchronized String text() {
    StringBuilder text = new StringBuilder();
    for (Done what : Done.values()) {
      text.append("%6d %s%n".formatted(count(what), what.label(count(what))));
    }
    notes.forEach(note -> text.append(note).append(System.lineSeparator()));
    failures.forEach((where, why) -> text.append("FAILED %s: %s%n".formatted(where, why)));
    if (!failures.isEmpty()) {
      text.append(
          "Not everything was removed. Fix the failures above and run cleanup again; until then, an"
              + " operator that still runs continues to work.%n".formatted());
    }
    return text.toString();
  }

  private static String advice(RuntimeException e) {
    if (!(e instanceof KubernetesClientException refused) || e instanceof EntryRestoredException) {
      return "";
    }
    return switch (ApiRefusal.of(refused)) {
      case NOT_PERMITTED ->
          " (grant the permissions of src/main/kubernetes/cleanup.yaml to the account that runs"
              + " cleanup)";
      case ADMISSION -> " (an admission rule denies the change)";
      case CONFLICT, INVALID -> " (another writer may keep changing it)";
      case NO_ANSWER -> " (is the API server reachable?)";
      default -> "";
    };
  }
}
