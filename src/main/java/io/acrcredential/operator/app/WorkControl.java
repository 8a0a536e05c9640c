// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.StartException;
import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.leader.LeadershipListener;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Lets this process work while it leads, and suspends the work when it no longer does, in the same
 * process and as often as that happens. One thread compares what should be (leading or not) with
 * what is (working or not). So it does not matter how often the Lease is lost and gained while the
 * work is being resumed, which can take minutes.
 */
final class WorkControl implements LeadershipListener, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(WorkControl.class);
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(5);

  /** What is resumed and suspended. */
  interface Work {

    /**
     * Prepares the work: reads what another leader may have changed, and what the first writes
     * depend on.
     *
     * @param term to be asked between the steps
     * @throws NotLeadingException if the term has ended
     */
    void prepare(Term term) throws InterruptedException;

    /** Starts to write what is certain while not everything is known. Must not block. */
    void begin();

    /**
     * Waits until everything is known.
     *
     * @param term to be asked between the steps
     * @throws NotLeadingException if the term has ended
     */
    void complete(Term term) throws InterruptedException;

    /** Starts to write everything. Must not block. */
    void open();

    /** Stops to write; called also if nothing was started. Must not block. */
    void suspend();

    /** Does what must be done once after writes have started. */
    void afterOpen();

    /** Forgets what another leader may change from now on. */
    void release();
  }

  /** The time from when this process may work until it must not. */
  interface Term {

    /**
     * Returns if the term has not ended.
     *
     * @throws NotLeadingException if it has
     */
    void check();

    /**
     * Waits.
     *
     * @throws NotLeadingException as soon as the term has ended
     */
    void pause(Duration time) throws InterruptedException;

    /** Ends the term early: the work is prepared again if this process still leads. */
    void end(String reason);
  }

  private final Work work;
  private final Runnable listAgain;
  private final Runnable exit;
  private final Thread thread;
  private boolean leading;
  private CurrentTerm term;
  private volatile boolean working;
  private volatile boolean closed;

  /**
   * @param listAgain makes all informers list again
   * @param exit ends the process, so that Kubernetes starts a new one
   */
  WorkControl(Work work, Runnable listAgain, Runnable exit) {
    this.work = work;
    this.listAgain = listAgain;
    this.exit = exit;
    this.thread = DaemonThreads.named("leadership").newThread(this::run);
  }

  void start() {
    thread.start();
  }

  /** Whether this process leads and writes what differs. */
  boolean isWorking() {
    return working;
  }

  @Override
  public synchronized void onStartedLeading() {
    LOG.info("This process is the leader");
    leading = true;
    notifyAll();
  }

  @Override
  public synchronized void onStoppedLeading(String reason) {
    LOG.warnf(
        "The Lease is lost. %s. This process writes nothing and stands for election again", reason);
    leading = false;
    endTerm();
  }

  @Override
  public void onTrustLost(String reason) {
    LOG.errorf(
        "The API server and this process do not trust each other any more: %s. Exiting, so that a"
            + " new process reads the CA and the token",
        reason);
    exit.run();
  }

  @Override
  public void onStoreRestored() {
    listAgain.run();
  }

  private synchronized void endTerm() {
    working = false;
    work.suspend();
    term = null;
    notifyAll();
  }

  private void run() {
    try {
      while (!closed) {
        CurrentTerm current = awaitLeadership();
        if (current == null) {
          return;
        }
        try {
          work.prepare(current);
          begin(current);
          work.complete(current);
          open(current);
          work.afterOpen();
          current.awaitEnd();
        } catch (NotLeadingException e) {
          LOG.debug("The Lease was lost before the work began");
        } catch (KubernetesClientException | StartException e) {
          LOG.warnf("Cannot start to work; retried soon: %s", ExceptionText.of(e));
          current.pauseQuietly(RETRY_PERIOD);
        } catch (RuntimeException | Error e) {
          // Uncaught, it would end the thread, and this process would lead but never work again.
          if (!closed) {
            LOG.error("Cannot start to work; retried soon", ExceptionText.trace(e));
          }
          current.pauseQuietly(RETRY_PERIOD);
        }
        end(current);
      }
    } catch (InterruptedException e) {
      LOG.debug("The process is being stopped");
    }
  }

  /** Null = closed. */
  private synchronized CurrentTerm awaitLeadership() throws InterruptedException {
    while (!leading) {
      if (closed) {
        return null;
      }
      wait();
    }
    term = new CurrentTerm();
    return term;
  }

  private synchronized void begin(CurrentTerm current) {
    current.check();
    work.begin();
  }

  private synchronized void open(CurrentTerm current) {
    current.check();
    work.open();
    working = true;
  }

  private void end(CurrentTerm current) {
    synchronized (this) {
      if (term == current) {
        endTerm();
      }
    }
    work.release();
  }

  /** Does not interrupt the preparation, because JOSDK would start or stop halfway. */
  @Override
  public synchronized void close() {
    closed = true;
    leading = false;
    endTerm();
  }

  private final class CurrentTerm implements Term {

    @Override
    public void check() {
      synchronized (WorkControl.this) {
        if (term != this) {
          throw new NotLeadingException();
        }
      }
    }

    @Override
    public void pause(Duration time) throws InterruptedException {
      long end = System.nanoTime() + time.toNanos();
      synchronized (WorkControl.this) {
        check();
        for (long rest = time.toNanos(); rest > 0; rest = end - System.nanoTime()) {
          TimeUnit.NANOSECONDS.timedWait(WorkControl.this, rest);
          check();
        }
      }
    }

    void pauseQuietly(Duration time) throws InterruptedException {
      try {
        pause(time);
      } catch (NotLeadingException e) {
        LOG.debug("The Lease was lost");
      }
    }

    void awaitEnd() throws InterruptedException {
      synchronized (WorkControl.this) {
        while (term == this) {
          WorkControl.this.wait();
        }
      }
    }

    @Override
    public void end(String reason) {
      synchronized (WorkControl.this) {
        if (term == this) {
          LOG.errorf("%s This process writes nothing until that ends", reason);
          endTerm();
        }
      }
    }
  }
}
