// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.Sha256;
import io.acrcredential.operator.text.TextSanitizer;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Records Events: one per object and cause, not one per ServiceAccount. The same Event is recorded
 * again after an hour at the earliest.
 */
public final class EventRecorder {

  private static final Duration REPEAT_AFTER = Duration.ofHours(1);
  private static final int MAX_REMEMBERED = 1_000;
  private static final int MAX_MESSAGE = 1_024;

  /** Object names have at most 253 characters, and the hash that makes them unique takes some. */
  private static final int MAX_NAME = 200;

  /**
   * What differs with every attempt, object or step of progress, although the cause is the same.
   */
  private static final Pattern VARYING =
      Pattern.compile(
          String.join(
              "|",
              "RequestId [^)\\s]+",
              "; failures in \\d+ other namespaces?",
              "\\d+ of \\d+ ServiceAccounts? in \\d+ namespaces? (is|are) bound",
              "; \\d+ pull Secrets? to be written",
              "and \\d+ more"));

  private final KubernetesClient client;
  private final WriteFence fence;
  private final Clock clock;
  private final Consumer<EventNote> sink;
  private final Map<EventNote, Instant> recordedAt =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<EventNote, Instant> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /** An Event before it is written. */
  public record EventNote(ObjectReference regarding, String type, String reason, String message) {
    EventNote withMessage(String other) {
      return new EventNote(regarding, type, reason, other);
    }
  }

  /**
   * @param sink takes each new Event; {@link #publish} writes it later, on a worker
   */
  public EventRecorder(
      KubernetesClient client, WriteFence fence, Clock clock, Consumer<EventNote> sink) {
    this.client = client;
    this.fence = fence;
    this.clock = clock;
    this.sink = sink;
  }

  /** Records an Event of type Normal. */
  public void normal(ObjectReference regarding, String reason, String message) {
    enqueue(new EventNote(regarding, "Normal", reason, truncated(message)));
  }

  /**
   * Records an Event of type Warning.
   *
   * @return false if the same Event was recorded less than an hour ago
   */
  public boolean warning(ObjectReference regarding, String reason, String message) {
    return enqueue(new EventNote(regarding, "Warning", reason, truncated(message)));
  }

  private boolean enqueue(EventNote note) {
    Instant now = clock.instant();
    EventNote cause = cause(note);
    synchronized (recordedAt) {
      Instant last = recordedAt.get(cause);
      if (last != null && now.isBefore(last.plus(REPEAT_AFTER))) {
        return false;
      }
      recordedAt.put(cause, now);
    }
    sink.accept(note);
    return true;
  }

  private static EventNote cause(EventNote note) {
    return note.withMessage(VARYING.matcher(note.message()).replaceAll(""));
  }

  /**
   * Writes the Event; workers call this. The same Event has the same name, so one that an earlier
   * process wrote is not written again while the API server keeps it (an hour by default).
   */
  public void publish(EventNote note) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectReference regarding = note.regarding();
    // Kubernetes puts Events about cluster-scoped objects, such as nodes, into this namespace.
    String namespace = regarding.getNamespace() == null ? "default" : regarding.getNamespace();
    fence.permit("Event", "create");
    try {
      create(note, namespace, now);
    } catch (KubernetesClientException e) {
      boolean isLost = ApiRefusal.of(e) == ApiRefusal.NAMESPACE_TERMINATING;
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && !isLost) {
        throw e;
      }
    }
  }

  private void create(EventNote note, String namespace, String now) {
    client
        .v1()
        .events()
        .inNamespace(namespace)
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withName(eventName(note))
                .withNamespace(namespace)
                .endMetadata()
                .withInvolvedObject(note.regarding())
                .withType(note.type())
                .withReason(note.reason())
                .withMessage(note.message())
                .withNewSource()
                .withComponent("acr-credential-operator")
                .endSource()
                .withReportingComponent("acrcredential.io/operator")
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .build())
        .create();
  }

  private static String eventName(EventNote note) {
    String name = note.regarding().getName();
    String prefix = name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
    String identity =
        String.join("\n", note.regarding().getUid(), note.reason(), cause(note).message());
    return prefix + "." + Sha256.hex(identity, 8);
  }

  private static String truncated(String text) {
    String message = TextSanitizer.oneLine(text);
    return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
