// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.policy.RegistryRef;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * One registry: the demand, the state, and when to request it next. Not thread-safe: guarded by the
 * lock of the {@link TokenService}.
 */
final class TrackedRegistry {

  /** Domains change rarely: they are listed again with a refresh after this time. */
  static final Duration RELIST_INTERVAL = Duration.ofHours(6);

  /** Whatever the result, a registry is requested at most twice within this time. */
  static final Duration MIN_REQUEST_INTERVAL = Duration.ofSeconds(1);

  /**
   * While DNS fails, retries stay at most 2 s apart: they load no service, and the token arrives
   * within 5 s after DNS is back.
   */
  private static final int DNS_RETRIES = 2;

  private final RegistryRef ref;
  private final Function<RegistryRef, Optional<String>> keyFingerprint;
  private final RandomGenerator random;

  private TokenDemand demand;
  private RegistryState state;
  private Instant dueAt = Instant.MIN;
  private boolean inFlight;
  private boolean needsToken;
  private boolean needsDomains;
  private boolean expiryReported;

  /** Something was asked for, or the key changed, after the request in flight began. */
  private boolean outdatedInFlight;

  /** What a later process can restore. */
  private RegistryState saved;

  private int failures;

  /** By the monotonic clock, in nanoseconds; null = never. */
  private Long requestedAt;

  /** The time before {@link #requestedAt}. */
  private Long previouslyRequestedAt;

  /**
   * @param restored what an earlier process knew
   * @param keyFingerprint of the key that would be used now
   */
  TrackedRegistry(
      RegistryRef ref,
      RegistryState restored,
      Function<RegistryRef, Optional<String>> keyFingerprint,
      RandomGenerator random) {
    this.ref = ref;
    this.state = restored;
    this.saved = restored;
    this.keyFingerprint = keyFingerprint;
    this.random = random;
    this.needsToken = isTokenOfAnotherKey();
  }

  RegistryState state() {
    return state;
  }

  boolean isInFlight() {
    return inFlight;
  }

  boolean isRetrying() {
    return failures > 0;
  }

  /** Sets what the policies ask for now, and when it is due. */
  void setDemand(TokenDemand newDemand, RefreshSchedule schedule, Instant now) {
    demand = newDemand;
    if (failures == 0) {
      setDueAt(nextDue(schedule), now);
    }
  }

  /**
   * Lists the domains again and retries failures, without back-off.
   *
   * @param newToken whether to request a new token too
   */
  void requestAgain(boolean newToken) {
    needsToken |= newToken;
    needsDomains |= demand.listDomains();
    if (needsToken || needsDomains || failures > 0) {
      outdatedInFlight |= inFlight;
      requestNow();
    }
  }

  /** The identity may have another key now. */
  void onKeyChanged() {
    outdatedInFlight |= inFlight;
    needsToken |= isTokenOfAnotherKey();
    if (needsToken || failures > 0) {
      requestNow();
    }
  }

  private void requestNow() {
    failures = 0;
    dueAt = Instant.MIN;
  }

  private boolean isTokenOfAnotherKey() {
    RegistryToken token = state.token();
    return token != null
        && keyFingerprint
            .apply(ref)
            .map(current -> !current.equals(token.keyFingerprint()))
            .orElse(false);
  }

  /**
   * @param nanos of the monotonic clock
   */
  boolean isDue(Instant now, long nanos) {
    return !inFlight
        && !demand.suspended()
        && !now.isBefore(dueAt)
        && remainingPauseNanos(nanos) <= 0;
  }

  /** Whether it is fetched together with a registry that is due now. */
  boolean isDueSoon(Instant now, long nanos) {
    return failures == 0
        && state.token() != null
        && isDue(now.plus(RefreshSchedule.batchWindow(state.token().lifetime())), nanos);
  }

  /**
   * How long it must not be requested because of {@link #MIN_REQUEST_INTERVAL}; 0 or less = it may
   * be.
   */
  private long remainingPauseNanos(long nanos) {
    return previouslyRequestedAt == null
        ? 0
        : MIN_REQUEST_INTERVAL.toNanos() - (nanos - previouslyRequestedAt);
  }

  /**
   * Whether everything that was asked for has arrived and is saved, or the attempt failed in a way
   * that only a user can mend.
   */
  boolean isSettled() {
    boolean isFailed = failures > 0 && state.error().isPermanent();
    boolean isComplete = !inFlight && !isTokenMissing() && !needsDomains;
    return (isFailed || isComplete) && state.hasResultOf(saved);
  }

  /** A later process can restore this state; true if it could not before. */
  boolean onSaved(RegistryState now) {
    boolean isNew = !now.hasResultOf(saved);
    saved = now;
    return isNew;
  }

  /** Whether the token has expired; true only once per token. */
  boolean detectExpiry(Instant now) {
    boolean expired = state.token() != null && !state.isValidAt(now) && !expiryReported;
    expiryReported |= expired;
    return expired;
  }

  /** When {@link #isDue} or {@link #detectExpiry} may change; {@link Instant#MAX} = never. */
  Instant nextEvent(Instant now, long nanos) {
    Instant next = Instant.MAX;
    if (!inFlight && !demand.suspended()) {
      Instant allowedAt = now.plusNanos(Math.max(0, remainingPauseNanos(nanos)));
      next = dueAt.isAfter(allowedAt) ? dueAt : allowedAt;
    }
    RegistryToken token = state.token();
    return token != null && !expiryReported && token.latestExpiry().isBefore(next)
        ? token.latestExpiry()
        : next;
  }

  /** Marks the registry as in flight. Returns what to request. */
  TokenRequest begin(Instant now, long nanos, RefreshSchedule schedule) {
    RegistryToken token = state.token();
    boolean requestToken =
        isTokenMissing()
            || !now.plus(RefreshSchedule.batchWindow(token.lifetime()))
                .isBefore(tokenDueAt(schedule));
    Instant listedAt = state.domainsListedAt();
    boolean requestDomains =
        demand.listDomains()
            && (needsDomains
                || listedAt == null
                || requestToken && Duration.between(listedAt, now).compareTo(RELIST_INTERVAL) >= 0);
    inFlight = true;
    outdatedInFlight = false;
    previouslyRequestedAt = requestedAt;
    requestedAt = nanos;
    needsToken = false;
    needsDomains = false;
    return new TokenRequest(ref, requestToken, requestDomains);
  }

  /** Takes the outcome of the request in flight; true if there is something new to write. */
  boolean complete(TokenOutcome outcome, RefreshSchedule schedule, Instant now) {
    boolean changed = outcome.token() != null || hasNewDomains(outcome);
    endRequest(outcome.request(), outcome.token() != null, outcome.domains() != null);
    if (outcome.token() != null) {
      expiryReported = false;
    }
    state =
        state.afterAttempt(
            outcome.token(), demand.email(), outcome.domains(), outcome.error(), now);
    needsToken |= outdatedInFlight && isTokenOfAnotherKey();
    if (outcome.error() == null) {
      failures = 0;
      setDueAt(nextDue(schedule), now);
    } else if (outdatedInFlight) {
      requestNow();
      setDueAt(dueAt, now);
    } else {
      backOff(outcome.error(), now);
    }
    return changed;
  }

  /**
   * The operator itself failed with the outcome of this request, which is requested again.
   *
   * @param clock read last, because it may be what failed
   */
  void fail(TokenRequest request, AlibabaCloudException error, Clock clock) {
    endRequest(request, false, false);
    Instant now = clock.instant();
    state = state.afterAttempt(null, null, null, error, now);
    backOff(error, now);
  }

  /** The request is no longer in flight; what did not come back is still needed. */
  private void endRequest(TokenRequest request, boolean gotToken, boolean gotDomains) {
    inFlight = false;
    needsToken |= request.token() && !gotToken;
    needsDomains |= request.domains() && !gotDomains;
  }

  private void backOff(AlibabaCloudException error, Instant now) {
    failures++;
    Duration wait = waitAfter(error);
    setDueAt(now.plus(wait.compareTo(MIN_REQUEST_INTERVAL) < 0 ? MIN_REQUEST_INTERVAL : wait), now);
  }

  private Duration waitAfter(AlibabaCloudException error) {
    if (error.isPermanent()) {
      return Backoff.MAX;
    }
    return Backoff.after(error.isDnsFailure() ? Math.min(failures, DNS_RETRIES) : failures, random);
  }

  /**
   * How long the outcome may wait for others. Only a token that replaces an equally good one waits;
   * new domains and tokens of another key do not.
   */
  Instant holdUntil(TokenOutcome outcome, Instant now) {
    return hasNewDomains(outcome)
        ? Instant.MIN
        : TokenBatcher.holdUntil(state.token(), outcome.token(), now);
  }

  private boolean hasNewDomains(TokenOutcome outcome) {
    List<String> domains = outcome.domains();
    return domains != null && !domains.equals(state.domains());
  }

  private void setDueAt(Instant time, Instant now) {
    dueAt = time;
    state = state.withNextTryAt(time.equals(Instant.MIN) ? now : time);
  }

  private Instant nextDue(RefreshSchedule schedule) {
    boolean incomplete =
        isTokenMissing() || needsDomains || demand.listDomains() && state.domainsListedAt() == null;
    return incomplete ? Instant.MIN : tokenDueAt(schedule);
  }

  /** The email of a token does not change: another email needs another token. */
  private boolean isTokenMissing() {
    return needsToken || state.token() == null || !state.email().equals(demand.email());
  }

  private Instant tokenDueAt(RefreshSchedule schedule) {
    return schedule.dueAt(state.token(), demand.refreshBefore());
  }
}
