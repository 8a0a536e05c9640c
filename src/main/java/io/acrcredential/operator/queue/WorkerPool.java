// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.RetryAfterInterceptor;
import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/** The threads that take keys from the queue and do the work; what fails comes back later. */
public final class WorkerPool {

  private static final Logger LOG = Logger.getLogger(WorkerPool.class);

  /** Requests to the API server that are under way at once; more only wait there. */
  static final int THREADS = 16;

  private final WorkQueue<WorkItem> queue;
  private final WorkHandler doer;
  private final BiConsumer<WorkItem, WorkFailure> onTrouble;
  private final List<Thread> threads = new ArrayList<>();

  /** Does the work of one key; throws where it could not be done. */
  @FunctionalInterface
  public interface WorkHandler {
    void work(WorkItem work);
  }

  /**
   * @param onTrouble told what keeps a key from being done; null trouble = it was done
   */
  public WorkerPool(
      WorkQueue<WorkItem> queue, WorkHandler doer, BiConsumer<WorkItem, WorkFailure> onTrouble) {
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
      for (WorkItem work = queue.take(); work != null; work = queue.take()) {
        work(work);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(WorkItem work) {
    try {
      doer.work(work);
      onTrouble.accept(work, null);
      queue.done(work);
    } catch (NotLeadingException e) {
      queue.failed(work, work.retryLane());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT
          && e.getCode() != RetryAfterInterceptor.TOO_MANY_REQUESTS) {
        onTrouble.accept(work, trouble(e));
      }
      queue.failed(work, work.retryLane());
    } catch (BlockedException e) {
      onTrouble.accept(work, e.trouble());
      queue.done(work);
    } catch (RuntimeException | Error e) {
      // Uncaught, it would take the thread and the key with it, and nobody would notice.
      LOG.errorf(ExceptionText.trace(e), "%s failed: this is a defect of the operator", work);
      onTrouble.accept(
          work,
          new WorkFailure(
              Reason.BindingFailed,
              "A defect of the operator, please report it with its log: " + ExceptionText.of(e),
              false));
      queue.failed(work, work.retryLane());
    }
  }

  private static WorkFailure trouble(KubernetesClientException e) {
    boolean denied = e.getCode() == 403 || e.getCode() == 401;
    String status = ExceptionText.of(e);
    String message =
        denied ? "The operator may not write: " + status : "The API server refused: " + status;
    return new WorkFailure(
        Reason.BindingFailed, message, denied || e.getCode() == ConflictRetry.UNPROCESSABLE);
  }
}
