package io.acrcredential.operator.queue;

import io.acrcredential.operator.FailureText;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.RetryAfter;
import io.acrcredential.operator.kubernetes.WriteGate.NotLeading;
import io.acrcredential.operator.queue.Troubles.Trouble;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/** The threads that take keys from the queue and do the work; what fails comes back later. */
public final class Workers {

  private static final Logger LOG = Logger.getLogger(Workers.class);

  /** Requests to the API server that are under way at once; more only wait there. */
  static final int THREADS = 16;

  private final WorkQueue<Work> queue;
  private final Doer doer;
  private final BiConsumer<Work, Trouble> onTrouble;
  private final List<Thread> threads = new ArrayList<>();

  /** Does the work of one key; throws where it could not be done. */
  @FunctionalInterface
  public interface Doer {
    void work(Work work);
  }

  /**
   * @param onTrouble told what keeps a key from being done; null trouble = it was done
   */
  public Workers(WorkQueue<Work> queue, Doer doer, BiConsumer<Work, Trouble> onTrouble) {
    this.queue = queue;
    this.doer = doer;
    this.onTrouble = onTrouble;
  }

  public void start() {
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(this::run, "worker-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  /** Lets what is being written be written, and starts nothing more. */
  public void stop(Duration most) throws InterruptedException {
    queue.close();
    queue.awaitIdle(most);
  }

  private void run() {
    try {
      for (Work work = queue.take(); work != null; work = queue.take()) {
        work(work);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(Work work) {
    try {
      doer.work(work);
      onTrouble.accept(work, null);
      queue.done(work);
    } catch (NotLeading e) {
      queue.failed(work, work.retryLane());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
          && e.getCode() != RetryAfter.TOO_MANY_REQUESTS) {
        onTrouble.accept(work, trouble(e));
      }
      queue.failed(work, work.retryLane());
    } catch (Blocked e) {
      onTrouble.accept(work, e.trouble());
      queue.done(work);
    } catch (RuntimeException | Error e) {
      // Uncaught, it would take the thread and the key with it, and nobody would notice.
      LOG.errorf(FailureText.trace(e), "%s failed: this is a defect of the operator", work);
      onTrouble.accept(
          work,
          new Trouble(
              Reason.BindingFailed,
              "A defect of the operator, please report it with its log: " + FailureText.of(e),
              false));
      queue.failed(work, work.retryLane());
    }
  }

  private static Trouble trouble(KubernetesClientException e) {
    boolean denied = e.getCode() == 403 || e.getCode() == 401;
    String status = FailureText.of(e);
    String message =
        denied ? "The operator may not write: " + status : "The API server refused: " + status;
    return new Trouble(Reason.BindingFailed, message, denied || e.getCode() == 422);
  }
}
