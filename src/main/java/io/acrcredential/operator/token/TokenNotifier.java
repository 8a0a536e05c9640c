// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.TokenBatcher.Batch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Delivers changes to the listener in batches, and retries until it accepts them: a token that was
 * never delivered reaches no Secret.
 */
final class TokenNotifier {

  private final TokenBatcher batcher = new TokenBatcher();
  private final Predicate<RegistryRef> waitsForRateLimit;
  private final Clock clock;
  private final RandomGenerator random;
  private final ScheduledExecutorService timer;
  private final TokenListener listener;
  private ScheduledFuture<?> batchTimer;
  private boolean closed;

  /**
   * @param waitsForRateLimit whether more responses are expected together with that of the registry
   */
  TokenNotifier(
      Predicate<RegistryRef> waitsForRateLimit,
      Clock clock,
      RandomGenerator random,
      ScheduledExecutorService timer,
      TokenListener listener) {
    this.waitsForRateLimit = waitsForRateLimit;
    this.clock = clock;
    this.random = random;
    this.timer = timer;
    this.listener = listener;
  }

  /** Reports the end of a fetch at once. Never throws. */
  void onFetchCompleted(RegistryRef ref, Duration took, AlibabaCloudException error) {
    try {
      listener.onFetchCompleted(ref, took, error);
    } catch (RuntimeException | Error e) {
      UnexpectedFailure.log("reporting a response", e);
    }
  }

  /** Reports expired tokens at once. */
  void onExpired(Set<RegistryRef> refs) {
    deliver(refs, listener::onTokensChanged, 1);
  }

  /** Reports tokens that a later process can restore now. */
  void onSaved(Set<RegistryRef> refs) {
    deliver(refs, listener::onStatesChanged, 1);
  }

  /**
   * Adds a new token or new domains to the batch.
   *
   * @param holdUntil see {@link TokenBatcher#holdUntil}
   */
  synchronized void addChange(RegistryRef ref, Instant holdUntil) {
    batcher.addChange(ref, holdUntil);
  }

  /** Adds a registry with a changed state to the batch. */
  synchronized void addAnswer(RegistryRef ref) {
    batcher.addAnswer(ref);
  }

  /** Delivers what is due within {@link TokenBatcher#MAX_WAIT}. */
  synchronized void startTimer() {
    if (!batcher.isEmpty() && batchTimer == null && !closed) {
      batchTimer =
          timer.schedule(this::onTimer, TokenBatcher.MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Delivers everything now: no more responses are expected. */
  void flush() {
    Batch batch;
    synchronized (this) {
      batch = take(Instant.MAX);
    }
    deliver(batch);
  }

  /** Starts no timer any more. */
  synchronized void close() {
    closed = true;
    cancelTimer();
  }

  private void onTimer() {
    Batch batch;
    synchronized (this) {
      batchTimer = null;
      try {
        batch = take(clock.instant());
      } catch (RuntimeException | Error e) {
        UnexpectedFailure.log("batching new tokens", e);
        batch = Batch.NOTHING;
      }
      startTimer();
    }
    deliver(batch);
  }

  private Batch take(Instant now) {
    cancelTimer();
    return batcher.take(now, waitsForRateLimit);
  }

  private void cancelTimer() {
    if (batchTimer != null) {
      batchTimer.cancel(false);
      batchTimer = null;
    }
  }

  private void deliver(Batch batch) {
    deliver(batch.changed(), listener::onTokensChanged, 1);
    deliver(batch.answered(), listener::onStatesChanged, 1);
  }

  private void deliver(Set<RegistryRef> refs, Consumer<Set<RegistryRef>> receiver, int attempt) {
    if (refs.isEmpty()) {
      return;
    }
    try {
      receiver.accept(refs);
    } catch (RuntimeException | Error e) {
      UnexpectedFailure.log("delivering new tokens", e);
      retry(refs, receiver, attempt);
    }
  }

  private synchronized void retry(
      Set<RegistryRef> refs, Consumer<Set<RegistryRef>> receiver, int attempt) {
    if (!closed) {
      timer.schedule(
          () -> deliver(refs, receiver, attempt + 1),
          Backoff.after(attempt, random).toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }
}
