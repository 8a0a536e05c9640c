// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.kubernetes.ApiRefusal;
import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/** The threads that take keys from the queue and do the work. Failed work is retried later. */
public final class WorkerPool {

  private static final Logger LOG = Logger.getLogger(WorkerPool.class);

  /** The number of parallel requests to the API server; more would only wait there. */
  static final int THREADS = 16;

  private final WorkQueue<WorkItem> queue;
  private final WorkHandler handler;
  private final BiConsumer<WorkItem, WorkFailure> onResult;
  private final List<Thread> threads = new ArrayList<>();

  /** Does the work of one key; throws if it fails. */
  @FunctionalInterface
  public interface WorkHandler {
    void work(WorkItem work);
  }

  /**
   * @param onResult takes the result of each work item; null failure = it was done
   */
  public WorkerPool(
      WorkQueue<WorkItem> queue, WorkHandler handler, BiConsumer<WorkItem, WorkFailure> onResult) {
    this.queue = queue;
    this.handler = handler;
    this.onResult = onResult;
  }

  /** Starts to work, or works again after {@link #suspend}. */
  public void resume() {
    queue.resume();
    for (int i = threads.size(); i < THREADS; i++) {
      Thread thread = new Thread(this::run, "worker-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  /** Starts no more work until {@link #resume}; does not wait for work in progress. */
  public void suspend() {
    queue.suspend();
  }

  /** Starts no more work and waits for work in progress. */
  public void stop(Duration timeout) throws InterruptedException {
    queue.close();
    queue.awaitIdle(timeout);
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
      handler.work(work);
      onResult.accept(work, null);
      queue.done(work);
    } catch (NotLeadingException e) {
      queue.failed(work, work.retryPriority());
    } catch (KubernetesClientException e) {
      ApiRefusal refusal = ApiRefusal.of(e);
      onResult.accept(
          work,
          new WorkFailure(
              Reason.BindingFailed, refusal.message(work.describe(), e), refusal.isPermanent()));
      queue.failed(work, work.retryPriority());
    } catch (BlockedException e) {
      onResult.accept(work, e.failure());
      queue.done(work);
    } catch (RuntimeException | Error e) {
      // If uncaught, it would end the thread and lose the key without a trace.
      LOG.errorf(ExceptionText.trace(e), "%s failed: this is a defect of the operator", work);
      onResult.accept(
          work,
          new WorkFailure(
              Reason.BindingFailed,
              work.describe()
                  + ": a defect of the operator, please report it with its log: "
                  + ExceptionText.of(e),
              false));
      queue.failed(work, work.retryPriority());
    }
  }
}
