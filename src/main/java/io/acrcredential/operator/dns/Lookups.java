// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.dns;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Resolves names with the resolver of the system, which follows {@code /etc/hosts} and {@code
 * /etc/resolv.conf} and blocks. It runs on threads of its own, so that only callers that need the
 * name wait. A caller waits for {@link #TIMEOUT} at most; the lookup continues, and its answer is
 * cached for the next caller.
 *
 * <p>A slow lookup is followed by a second one of the absolute name ({@code cr.example.com.}). The
 * first one tries every search domain before the name itself: with {@code ndots:5}, three search
 * domains and a first server that does not answer, that takes 20 s.
 */
final class Lookups {

  private static final Logger LOG = Logger.getLogger(Lookups.class);

  /** The system's resolver asks the second server after 5 s, unless {@code timeout:1} is set. */
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  /**
   * The delay of the lookup of the absolute name. The system resolver repeats each query every 5 s,
   * so one of the two lookups sends a query within 3 s after DNS recovers.
   */
  private static final Duration ABSOLUTE_NAME_DELAY = Duration.ofSeconds(2);

  /** Longer than the back-off of a caller that timed out, so that its retry finds the answer. */
  private static final Duration CACHE_TTL = Duration.ofSeconds(10);

  /** Enough for two lookups of each host of ten regions. */
  private static final int MAX_THREADS = 64;

  /** The lookups of every client in this process. */
  static final Lookups SYSTEM =
      new Lookups(
          InetAddress::getAllByName,
          threads(),
          TIMEOUT,
          ABSOLUTE_NAME_DELAY,
          CACHE_TTL,
          System::nanoTime);

  /** A lookup of a name for all callers that wait for it. */
  private static final class PendingLookup {
    final CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
  }

  private record CachedAnswer(List<InetAddress> addresses, long sinceNanos) {}

  private final UncachedResolver resolver;
  private final ThreadPoolExecutor threads;
  private final Duration timeout;
  private final Duration absoluteNameDelay;
  private final Duration cacheTtl;
  private final LongSupplier nanoTime;

  private final Map<String, PendingLookup> pending = new HashMap<>();
  private final Map<String, CachedAnswer> answers = new HashMap<>();

  /**
   * By spelling, because the JDK blocks a second lookup of the same spelling until the first ends.
   */
  private final Set<String> running = new HashSet<>();

  /** The failure last logged for a host; removed once the host resolves again. */
  private final Map<String, LookupException.Kind> loggedFailures = new HashMap<>();

  Lookups(
      SystemResolver resolver,
      ThreadPoolExecutor threads,
      Duration timeout,
      Duration absoluteNameDelay,
      Duration cacheTtl,
      LongSupplier nanoTime) {
    this.resolver = new UncachedResolver(resolver);
    this.threads = threads;
    this.timeout = timeout;
    this.absoluteNameDelay = absoluteNameDelay;
    this.cacheTtl = cacheTtl;
    this.nanoTime = nanoTime;
  }

  static ThreadPoolExecutor threads() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "dns");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * The addresses of a host, in the order of the system's resolver. Never blocks.
   *
   * @return fails with a {@link LookupException}, after {@link #TIMEOUT} at the latest
   */
  CompletionStage<List<InetAddress>> resolve(String host) {
    CompletableFuture<List<InetAddress>> answer;
    synchronized (this) {
      CachedAnswer cached = answers.get(host);
      if (cached != null && nanoTime.getAsLong() - cached.sinceNanos() < cacheTtl.toNanos()) {
        return CompletableFuture.completedFuture(cached.addresses());
      }
      answers.remove(host);
      PendingLookup running = pending.get(host);
      answer = running == null ? startLookup(host) : running.answer;
    }
    CompletableFuture<List<InetAddress>> result = answer.copy();
    Executor atTimeout =
        CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
    atTimeout.execute(() -> failIfPending(host, result));
    return result;
  }

  private CompletableFuture<List<InetAddress>> startLookup(String host) {
    PendingLookup lookup = new PendingLookup();
    pending.put(host, lookup);
    submit(host, host);
    if (host.contains(".") && !host.endsWith(".")) {
      CompletableFuture.delayedExecutor(
              absoluteNameDelay.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
          .execute(() -> submitAbsolute(host, lookup));
    }
    return lookup.answer;
  }

  private synchronized void submitAbsolute(String host, PendingLookup lookup) {
    if (pending.get(host) == lookup
        && threads.getActiveCount() < threads.getMaximumPoolSize() / 2) {
      submit(host, host + ".");
    }
  }

  private void submit(String host, String spelling) {
    if (running.add(spelling)) {
      threads.execute(() -> lookUp(host, spelling));
    }
  }

  private void lookUp(String host, String spelling) {
    List<InetAddress> addresses = null;
    LookupException failure = null;
    try {
      addresses = resolver.resolve(host, spelling);
    } catch (LookupException e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "The lookup of %s failed", host);
      failure = LookupException.failed(host);
    }
    complete(host, spelling, addresses, failure);
  }

  private void complete(
      String host, String spelling, List<InetAddress> addresses, LookupException failure) {
    PendingLookup completed;
    synchronized (this) {
      running.remove(spelling);
      if (addresses != null) {
        answers.put(host, new CachedAnswer(addresses, nanoTime.getAsLong()));
      } else if (!isFinal(host, spelling, failure)) {
        return;
      }
      completed = pending.remove(host);
    }
    if (addresses != null) {
      logRecovery(host);
    } else {
      logFailure(failure);
    }
    if (completed != null && addresses != null) {
      completed.answer.complete(addresses);
    } else if (completed != null) {
      completed.answer.completeExceptionally(failure);
    }
  }

  /**
   * Only the lookup of the given name can find that it does not exist: it has the search domains.
   */
  private boolean isFinal(String host, String spelling, LookupException failure) {
    boolean isUnknown = failure.kind() == LookupException.Kind.UNKNOWN;
    boolean otherRuns = running.contains(host) || running.contains(host + ".");
    return !otherRuns || isUnknown && spelling.equals(host);
  }

  private void failIfPending(String host, CompletableFuture<?> result) {
    if (!result.isDone()) {
      LookupException failure = LookupException.noAnswer(host, timeout);
      logFailure(failure);
      result.completeExceptionally(failure);
    }
  }

  private void logFailure(LookupException failure) {
    boolean isNew;
    synchronized (this) {
      isNew = loggedFailures.put(failure.host(), failure.kind()) != failure.kind();
    }
    if (isNew) {
      LOG.warn(failure.getMessage());
    }
  }

  private void logRecovery(String host) {
    boolean isNew;
    synchronized (this) {
      isNew = loggedFailures.remove(host) != null;
    }
    if (isNew) {
      LOG.infof("DNS answers for the name %s", host);
    }
  }
}
