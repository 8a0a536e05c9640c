package io.acrcredential.operator.operator;

import io.acrcredential.operator.WriteGate;
import io.acrcredential.operator.operator.WorkQueue.Lane;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Events for people: one per object and cause, not one per ServiceAccount, and the same again only
 * after a while.
 */
final class EventRecorder {

  private static final Duration SAME_AGAIN = Duration.ofHours(1);
  private static final int REMEMBERED = 1_000;
  private static final int MAX_MESSAGE = 1_024;

  /** A name has 253 characters at most, and ours needs some of them to be unique. */
  private static final int MAX_NAME = 200;

  /** Differs at every try, while the cause is the same. */
  private static final Pattern REQUEST_ID = Pattern.compile("RequestId [^)\\s]+");

  private final KubernetesClient client;
  private final WriteGate gate;
  private final Clock clock;
  private final BiConsumer<Work, Lane> queue;
  private final Map<Note, Instant> told =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Note, Instant> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** What is told of which object. */
  record Note(ObjectReference about, String type, String reason, String message) {
    Note withMessage(String other) {
      return new Note(about, type, reason, other);
    }
  }

  /**
   * @param queue where Events wait to be written
   */
  EventRecorder(
      KubernetesClient client, WriteGate gate, Clock clock, BiConsumer<Work, Lane> queue) {
    this.client = client;
    this.gate = gate;
    this.clock = clock;
    this.queue = queue;
  }

  /** Something is as it should be. */
  void normal(ObjectReference about, String reason, String message) {
    tell(new Note(about, "Normal", reason, shortened(message)));
  }

  /** Somebody should do something. */
  void warning(ObjectReference about, String reason, String message) {
    tell(new Note(about, "Warning", reason, shortened(message)));
  }

  private void tell(Note note) {
    Instant now = clock.instant();
    Note cause = note.withMessage(REQUEST_ID.matcher(note.message()).replaceAll(""));
    synchronized (told) {
      Instant last = told.get(cause);
      if (last != null && now.isBefore(last.plus(SAME_AGAIN))) {
        return;
      }
      told.put(cause, now);
    }
    queue.accept(new Work.PublishEvent(note), Lane.BULK);
  }

  /** Writes it, on a worker. */
  void publish(Note note) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectReference about = note.about();
    // Events of cluster-scoped objects live in the namespace default, as those of nodes do.
    String namespace = about.getNamespace() == null ? "default" : about.getNamespace();
    gate.permit("Event", "create");
    client
        .v1()
        .events()
        .inNamespace(namespace)
        .resource(
            new EventBuilder()
                .withNewMetadata()
                .withName(eventName(about.getName()))
                .withNamespace(namespace)
                .endMetadata()
                .withInvolvedObject(about)
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

  private static String eventName(String about) {
    String start = about.length() <= MAX_NAME ? about : about.substring(0, MAX_NAME);
    return start + ".x" + UUID.randomUUID().toString().substring(0, 13);
  }

  private static String shortened(String message) {
    return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
