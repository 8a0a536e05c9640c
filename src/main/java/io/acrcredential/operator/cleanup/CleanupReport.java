package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What {@code cleanup} did, and what it could not do, from all its threads. */
final class CleanupReport {

  /** What is counted. */
  enum Done {
    ENTRIES("ServiceAccount entries removed"),
    PULL_SECRETS("pull Secrets removed"),
    HANDED_OVER("pull Secrets handed over, with the entries that name them"),
    STATE("Secrets of the operator's own removed"),
    FINALIZERS("finalizers taken off policies"),
    POLICIES("policies deleted");

    private final String words;

    Done(String words) {
      this.words = words;
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

  /** All of it, for people. */
  synchronized String text() {
    StringBuilder text = new StringBuilder();
    for (Done what : Done.values()) {
      text.append("%6d %s%n".formatted(count(what), what.words));
    }
    notes.forEach(note -> text.append(note).append(System.lineSeparator()));
    failures.forEach((where, why) -> text.append("FAILED %s: %s%n".formatted(where, why)));
    if (!failures.isEmpty()) {
      text.append(
          "Not all is removed: put right what is named above and run cleanup again; an operator"
              + " that"
              + " still runs goes on working meanwhile.%n".formatted());
    }
    return text.toString();
  }

  private static String advice(RuntimeException e) {
    int code = e instanceof KubernetesClientException k ? k.getCode() : 0;
    return switch (code) {
      case HttpURLConnection.HTTP_FORBIDDEN ->
          " (give who runs cleanup the rights of src/main/kubernetes/cleanup.yaml)";
      case HttpURLConnection.HTTP_CONFLICT, ConflictRetry.UNPROCESSABLE ->
          " (others keep writing it, or an admission rule refuses: see the message)";
      case 0 -> " (is the API server within reach?)";
      default -> "";
    };
  }
}
