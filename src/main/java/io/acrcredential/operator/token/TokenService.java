// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Keeps a valid token for every registry that policies need: fetches what is missing or due, never
 * two requests of one registry at a time, retries failures, and notifies the listener of changes.
 * One timer is set to the next due time.
 */
public final class TokenService implements AutoCloseable {

  /** The timer of a suspended machine sleeps too, so it is never set further ahead than this. */
  private static final Duration LONGEST_SLEEP = Duration.ofSeconds(30);

  private final TokenFetcher fetcher;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final ScheduledExecutorService timer;
  private final TokenNotifier notifier;
  private final OverdueDetector overdueDetector = new OverdueDetector();

  private final Map<RegistryRef, TrackedRegistry> registries = new HashMap<>();

  /** No longer needed, but in flight: if needed again, that response is used. */
  private final Map<RegistryRef, TrackedRegistry> dropped = new HashMap<>();

  private RefreshSchedule schedule = new RefreshSchedule(0);
  private int requestsInFlight;
  private ScheduledFuture<?> wakeUp;
  private boolean suspended;
  private boolean closed;

  /**
   * Fetches nothing before {@link #updateDemands}.
   *
   * @param clock the local clock
   * @param nanoTime monotonic, in nanoseconds
   */
  public TokenService(
      TokenFetcher fetcher,
      Clock clock,
      LongSupplier nanoTime,
      RandomGenerator random,
      ScheduledExecutorService timer,
      TokenListener listener) {
    this.fetcher = fetcher;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.random = random;
    this.timer = timer;
    this.notifier =
        new TokenNotifier(fetcher::isWaitingForRateLimit, clock, random, timer, listener);
  }

  /** Sets the schedule of this cluster; call it before {@link #updateDemands}. */
  public synchronized void setSchedule(RefreshSchedule newSchedule) {
    schedule = newSchedule;
  }

  /**
   * Replaces the demands: fetches what is missing, and drops what is no longer needed.
   *
   * @param restored what an earlier process knew of a registry
   * @param refresh whose tokens and domains are fetched again although they are there
   */
  public void updateDemands(
      Map<RegistryRef, TokenDemand> demands,
      Function<RegistryRef, RegistryState> restored,
      Set<RegistryRef> refresh) {
    synchronized (this) {
      if (suspended) {
        return;
      }
      registries.forEach(
          (ref, registry) -> {
            if (registry.isInFlight() && !demands.containsKey(ref)) {
              dropped.put(ref, registry);
            }
          });
      registries.keySet().retainAll(demands.keySet());
      Instant now = clock.instant();
      demands.forEach(
          (ref, demand) ->
              registries
                  .computeIfAbsent(ref, absent -> tracked(absent, restored))
                  .setDemand(demand, schedule, now));
      requestAgain(refresh, true);
    }
    fetchDue();
  }

  private TrackedRegistry tracked(RegistryRef ref, Function<RegistryRef, RegistryState> restored) {
    TrackedRegistry inFlight = dropped.remove(ref);
    if (inFlight != null) {
      return inFlight;
    }
    overdueDetector.onProgress(ref);
    return new TrackedRegistry(ref, restored.apply(ref), fetcher::keyFingerprint, random);
  }

  /**
   * Forgets all tokens and fetches none until {@link #resume}, because another process leads and
   * renews them.
   */
  public synchronized void suspend() {
    updateDemands(Map.of(), absent -> RegistryState.NONE, Set.of());
    suspended = true;
    cancelWakeUp();
  }

  /** Ends {@link #suspend}; the demands are still empty. */
  public synchronized void resume() {
    suspended = false;
  }

  /** The spec of a policy changed: lists the domains of these again, and retries failures. */
  public void relistDomains(Set<RegistryRef> refs) {
    requestAgain(refs, false);
    fetchDue();
  }

  private synchronized void requestAgain(Set<RegistryRef> refs, boolean newTokens) {
    for (RegistryRef ref : refs) {
      TrackedRegistry registry = registries.get(ref);
      if (registry != null) {
        registry.requestAgain(newTokens);
      }
    }
  }

  /** The key of an identity changed or appeared: tokens of another key are requested again now. */
  public void onKeysChanged(Predicate<Identity> changed) {
    synchronized (this) {
      registries.forEach(
          (ref, registry) -> {
            if (changed.test(ref.identity())) {
              registry.onKeyChanged();
            }
          });
    }
    fetchDue();
  }

  /** The state of the registry; {@link RegistryState#NONE} if no policy needs it. */
  public synchronized RegistryState state(RegistryRef ref) {
    TrackedRegistry registry = registries.get(ref);
    return registry == null ? RegistryState.NONE : registry.state();
  }

  /**
   * Whether everything that was asked for of the registry has arrived and is saved, or failed in a
   * way that only a user can mend. False if no policy needs the registry.
   */
  public synchronized boolean isSettled(RegistryRef ref) {
    TrackedRegistry registry = registries.get(ref);
    return registry != null && registry.isSettled();
  }

  /** All states, as a later process can restore them once they are saved. */
  public synchronized Map<RegistryRef, RegistryState> snapshot() {
    Map<RegistryRef, RegistryState> all = new HashMap<>();
    registries.forEach((ref, registry) -> all.put(ref, registry.state()));
    return all;
  }

  /** This {@link #snapshot} is saved. */
  public void onSaved(Map<RegistryRef, RegistryState> snapshot) {
    Set<RegistryRef> saved = new HashSet<>();
    synchronized (this) {
      registries.forEach(
          (ref, registry) -> {
            RegistryState state = snapshot.get(ref);
            if (state != null && registry.onSaved(state)) {
              saved.add(ref);
            }
          });
    }
    notifier.onSaved(saved);
  }

  /**
   * How many registries have been due for 5 minutes without a request, or have waited as long for
   * the response. Above 0, this service is broken and only a restart helps. Registries that wait
   * for a reason don't count: suspended, backing off, or waiting for the rate limit.
   */
  public synchronized int countOverdue() {
    if (closed) {
      return 0;
    }
    Instant now = clock.instant();
    long nanos = nanoTime.getAsLong();
    Set<RegistryRef> waiting = new HashSet<>();
    registries.forEach(
        (ref, registry) -> {
          if (registry.isInFlight()
              ? !fetcher.isWaitingForRateLimit(ref)
              : registry.isDue(now, nanos)) {
            waiting.add(ref);
          }
        });
    return overdueDetector.count(waiting, nanos);
  }

  /** Starts nothing more. */
  @Override
  public synchronized void close() {
    closed = true;
    cancelWakeUp();
    notifier.close();
  }

  /**
   * Fetches what is due and what is due soon, reports expired tokens, and sets the timer. Sets the
   * timer after a failure too, because nothing else keeps the renewal going.
   */
  private void fetchDue() {
    try {
      fetchAllDue();
    } catch (RuntimeException | Error e) {
      UnexpectedFailure.log("looking for tokens that are due", e);
      wakeUpIn(TrackedRegistry.MIN_REQUEST_INTERVAL);
    }
  }

  private void fetchAllDue() {
    List<TokenRequest> batch = new ArrayList<>();
    Set<RegistryRef> expired = new HashSet<>();
    synchronized (this) {
      if (closed) {
        return;
      }
      Instant now = clock.instant();
      long nanos = nanoTime.getAsLong();
      // A retry takes no others along: one broken registry would split every batch into many.
      boolean anyDue =
          registries.values().stream()
              .anyMatch(registry -> !registry.isRetrying() && registry.isDue(now, nanos));
      registries.forEach(
          (ref, registry) -> {
            if (registry.detectExpiry(now)) {
              expired.add(ref);
            }
            if (registry.isDue(now, nanos) || anyDue && registry.isDueSoon(now, nanos)) {
              batch.add(registry.begin(now, nanos, schedule));
              overdueDetector.onProgress(ref);
              requestsInFlight++;
            }
          });
      wakeUpAtNextEvent(now);
    }
    notifier.onExpired(expired);
    if (!batch.isEmpty()) {
      long start = nanoTime.getAsLong();
      fetcher.fetchEach(batch, outcome -> onOutcome(outcome, start));
    }
  }

  private void onOutcome(TokenOutcome outcome, long startNanos) {
    RegistryRef ref = outcome.request().ref();
    notifier.onFetchCompleted(
        ref, Duration.ofNanos(nanoTime.getAsLong() - startNanos), outcome.error());
    boolean last;
    synchronized (this) {
      last = --requestsInFlight == 0;
      dropped.remove(ref);
      overdueDetector.onProgress(ref);
      TrackedRegistry registry = registries.get(ref);
      if (registry != null) {
        complete(ref, registry, outcome);
      }
    }
    if (last) {
      notifier.flush();
    } else {
      notifier.startTimer();
    }
    fetchDue();
  }

  private void complete(RegistryRef ref, TrackedRegistry registry, TokenOutcome outcome) {
    try {
      Instant now = clock.instant();
      Instant holdUntil = registry.holdUntil(outcome, now);
      if (registry.complete(outcome, schedule, now)) {
        notifier.addChange(ref, holdUntil);
      }
    } catch (RuntimeException | Error e) {
      AlibabaCloudException error = UnexpectedFailure.of("processing a response", e);
      registry.fail(outcome.request(), error, clock);
    }
    notifier.addAnswer(ref);
  }

  private void wakeUpAtNextEvent(Instant now) {
    long nanos = nanoTime.getAsLong();
    Instant next = now.plus(LONGEST_SLEEP);
    for (TrackedRegistry registry : registries.values()) {
      Instant event = registry.nextEvent(now, nanos);
      next = event.isBefore(next) ? event : next;
    }
    wakeUpIn(Duration.between(now, next.isBefore(now) ? now : next));
  }

  private synchronized void wakeUpIn(Duration wait) {
    cancelWakeUp();
    if (!closed && !suspended) {
      wakeUp = timer.schedule(this::fetchDue, wait.toMillis() + 1, TimeUnit.MILLISECONDS);
    }
  }

  private void cancelWakeUp() {
    if (wakeUp != null) {
      wakeUp.cancel(false);
    }
  }
}
