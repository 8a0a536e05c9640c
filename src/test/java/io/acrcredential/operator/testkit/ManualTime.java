// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Time that a test advances: a clock, and a timer that runs by it on the same thread. */
public final class ManualTime {

  private Instant now;
  private long order;
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(
          Comparator.<Task, Instant>comparing(t -> t.at).thenComparing(t -> t.order));

  public ManualTime(Instant start) {
    now = start;
  }

  public Instant now() {
    return now;
  }

  /** Runs the tasks that become due meanwhile, each at its own time. */
  public void advance(Duration by) {
    Instant end = now.plus(by);
    while (!tasks.isEmpty() && !tasks.peek().at.isAfter(end)) {
      Task task = tasks.poll();
      now = task.at;
      task.run();
    }
    now = end;
  }

  /** Advances the time without running tasks, as with a dead timer. */
  public void pass(Duration by) {
    now = now.plus(by);
  }

  /** For code that measures by {@link System#nanoTime()}. */
  public long nanoTime() {
    return Duration.between(Instant.EPOCH, now).toNanos();
  }

  public Clock clock() {
    return new Clock() {
      @Override
      public Instant instant() {
        return now;
      }

      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
      }
    };
  }

  public ScheduledExecutorService timer() {
    return new Timer();
  }

  private final class Task extends FutureTask<Object> implements ScheduledFuture<Object> {
    final Instant at;
    final long order;

    Task(Runnable work, Instant at, long order) {
      super(work, null);
      this.at = at;
      this.order = order;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      tasks.remove(this);
      return super.cancel(mayInterrupt);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(Duration.between(now, at));
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  private final class Timer extends AbstractExecutorService implements ScheduledExecutorService {

    @Override
    public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
      Task task = new Task(work, now.plusNanos(unit.toNanos(Math.max(0, delay))), order++);
      tasks.add(task);
      return task;
    }

    @Override
    public void execute(Runnable work) {
      work.run();
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> work, long delay, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(
        Runnable work, long initialDelay, long period, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
        Runnable work, long initialDelay, long delay, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return false;
    }
  }
}
