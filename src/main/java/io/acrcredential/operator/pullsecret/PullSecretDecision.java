package io.acrcredential.operator.pullsecret;

import java.time.Duration;
import java.time.Instant;

/** What is to be done with a namespace's pull Secret. */
public enum PullSecretDecision {
  /** It is as it shall be, or there is nothing to write yet. */
  KEEP,
  /** There is none. */
  CREATE,
  /**
   * We have no token for it, but what an earlier process or another installation put there has not
   * expired: it stays until then.
   */
  KEEP_UNTIL_EXPIRY,
  /** Ours differs: its data and annotation are replaced in place. */
  UPDATE,
  /** Ours differs and can't be changed. */
  RECREATE,
  /** Another component's, of our name and type: it is made ours, its own entries go. */
  TAKE_OVER,
  /** The same, but some of our tokens are missing: its own entries stay for a while. */
  TAKE_OVER_KEEPING,
  /** Somebody's Secret of our name and another type: left alone and reported. */
  OCCUPIED;

  /** So long at most entries of others stay beside ours: DESIGN section 4. */
  public static final Duration KEEP_FOREIGN = Duration.ofHours(1);

  /** No token lives longer: 43200 s is the longest session of a RAM role (STS AssumeRole). */
  private static final Duration LONGEST_TOKEN = Duration.ofHours(12);

  /**
   * For a namespace that is covered.
   *
   * @param observed null = there is none
   */
  public static PullSecretDecision of(
      ObservedSecret observed, PullSecretContent wanted, Instant now) {
    if (observed == null) {
      return wanted.auths().isEmpty() ? KEEP : CREATE;
    }
    if (!observed.dockerConfig()) {
      return OCCUPIED;
    }
    if (!observed.ours()) {
      // A policy of wrong values alone is "complete" and holds nothing: no reason to take theirs.
      if (wanted.auths().isEmpty()) {
        return KEEP;
      }
      return wanted.complete() ? TAKE_OVER : TAKE_OVER_KEEPING;
    }
    if (keepsForeign(observed, now) && !wanted.complete()) {
      return TAKE_OVER_KEEPING;
    }
    boolean same = observed.digest().equals(wanted.digest()) && observed.keptForeignSince() == null;
    if (same) {
      return KEEP;
    }
    if (wanted.auths().isEmpty() && holdsValidToken(observed, now)) {
      return KEEP_UNTIL_EXPIRY;
    }
    return observed.immutable() ? RECREATE : UPDATE;
  }

  /** Tenants can write the annotation: a time that no token can have is not believed. */
  private static boolean holdsValidToken(ObservedSecret observed, Instant now) {
    Instant expiresAt = observed.expiresAt();
    return expiresAt != null
        && expiresAt.isAfter(now)
        && !expiresAt.isAfter(now.plus(LONGEST_TOKEN));
  }

  /** A time to come is a forgery: nothing is kept for it. */
  private static boolean keepsForeign(ObservedSecret observed, Instant now) {
    Instant since = observed.keptForeignSince();
    return since != null && !since.isAfter(now) && now.isBefore(since.plus(KEEP_FOREIGN));
  }
}
