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
 * Events for people: one per object and cause, not one per ServiceAccount, and the same again only
 * after a while.
 */
public final class EventRecorder {

  private static final Duration SAME_AGAIN = Duration.ofHours(1);
  private static final int REMEMBERED = 1_000;
  private static final int MAX_MESSAGE = 1_024;

  /** A name has 253 characters at most, and ours needs some of them to be unique. */
  private static final int MAX_NAME = 200;

  /** Differs at every try, while the cause is the same. */
  private static final Pattern REQUEST_ID = Pattern.compile("RequestId [^)\\s]+");

  private final KubernetesClient client;
  private final WriteFence gate;
  private final Clock clock;
  private final Consumer<EventNote> sink;
  private final Map<EventNote, Instant> told =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<EventNote, Instant> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** What is told of which object. */
  public record EventNote(ObjectReference about, String type, String reason, String message) {
    EventNote withMessage(String other) {
      return new EventNote(about, type, reason, other);
    }
  }

  /**
   * @param sink takes each new Event; {@link #publish} writes it later, on a worker
   */
  public EventRecorder(
      KubernetesClient client, WriteFence gate, Clock clock, Consumer<EventNote> sink) {
    this.client = client;
    this.gate = gate;
    this.clock = clock;
    this.sink = sink;
  }

  /** Something is as it should be. */
  public void normal(ObjectReference about, String reason, String message) {
    tell(new EventNote(about, "Normal", reason, shortened(message)));
  }

  /** Somebody should do something; answers whether that has not been told lately. */
  public boolean warning(ObjectReference about, String reason, String message) {
    return tell(new EventNote(about, "Warning", reason, shortened(message)));
  }

  private boolean tell(EventNote note) {
    Instant now = clock.instant();
    EventNote cause = cause(note);
    synchronized (told) {
      Instant last = told.get(cause);
      if (last != null && now.isBefore(last.plus(SAME_AGAIN))) {
        return false;
      }
      told.put(cause, now);
    }
    sink.accept(note);
    return true;
  }

  private static EventNote cause(EventNote note) {
    return note.withMessage(REQUEST_ID.matcher(note.message()).replaceAll(""));
  }

  /**
   * Writes it, on a worker. The same Event has the same name, so one that an earlier process wrote
   * is not written again as long as the API server keeps it: an hour, unless told otherwise.
   */
  public void publish(EventNote note) {
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    ObjectReference about = note.about();
    // Events of cluster-scoped objects live in the namespace default, as those of nodes do.
    String namespace = about.getNamespace() == null ? "default" : about.getNamespace();
    gate.permit("Event", "create");
    try {
      create(note, namespace, now);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
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
                .withInvolvedObject(note.about())
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
    String about = note.about().getName();
    String start = about.length() <= MAX_NAME ? about : about.substring(0, MAX_NAME);
    String what = String.join("\n", note.about().getUid(), note.reason(), cause(note).message());
    return start + "." + Sha256.hex(what, 8);
  }

  private static String shortened(String text) {
    String message = TextSanitizer.oneLine(text);
    return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
