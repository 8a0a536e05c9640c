// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import java.time.Duration;
import java.time.Instant;

/** What to do with the pull Secret of a namespace. */
public enum PullSecretDecision {
  /** It has the desired content, or there is no content yet. */
  KEEP,
  /** It does not exist. */
  CREATE,
  /**
   * There is no token for it, but the tokens that an earlier process or another installation wrote
   * have not expired: they stay until then.
   */
  KEEP_UNTIL_EXPIRY,
  /** The operator's Secret differs: a patch replaces data and annotation. */
  UPDATE,
  /** The operator's Secret differs and is immutable. */
  RECREATE,
  /** Another component's Secret of the same name and type: replaced, without its entries. */
  TAKE_OVER,
  /** The same while some tokens are missing: its entries stay for at most {@link #KEEP_FOREIGN}. */
  TAKE_OVER_KEEPING,
  /** A Secret of the same name and another type: not touched, and reported. */
  OCCUPIED,
  /**
   * It differs and is immutable, but is being deleted already and held by a finalizer: another
   * attempt to recreate it would be refused too.
   */
  WAIT_FOR_DELETION;

  /** How long entries of another component stay at most, if tokens of the operator are missing. */
  public static final Duration KEEP_FOREIGN = Duration.ofHours(1);

  /** No token lives longer: 43200 s is the longest session of a RAM role (STS AssumeRole). */
  private static final Duration MAX_TOKEN_LIFETIME = Duration.ofHours(12);

  /**
   * Decides for a namespace that policies cover.
   *
   * @param observed null = the Secret does not exist
   */
  public static PullSecretDecision of(
      ObservedSecret observed, PullSecretContent desired, Instant now) {
    PullSecretDecision decision = regardlessOfDeletion(observed, desired, now);
    boolean needsRecreation =
        switch (decision) {
          case RECREATE -> true;
          case TAKE_OVER, TAKE_OVER_KEEPING -> observed.immutable();
          default -> false;
        };
    return needsRecreation && observed.terminating() ? WAIT_FOR_DELETION : decision;
  }

  private static PullSecretDecision regardlessOfDeletion(
      ObservedSecret observed, PullSecretContent desired, Instant now) {
    if (observed == null) {
      return desired.auths().isEmpty() ? KEEP : CREATE;
    }
    if (!observed.dockerConfig()) {
      return OCCUPIED;
    }
    if (!observed.owned()) {
      // A policy with invalid values only is complete without content: no reason to take over.
      if (desired.auths().isEmpty()) {
        return KEEP;
      }
      return desired.complete() ? TAKE_OVER : TAKE_OVER_KEEPING;
    }
    if (keepsForeign(observed, now) && !desired.complete()) {
      return TAKE_OVER_KEEPING;
    }
    boolean isCurrent =
        observed.digest().equals(desired.digest()) && observed.keptForeignSince() == null;
    if (isCurrent) {
      return KEEP;
    }
    if (desired.auths().isEmpty() && holdsValidToken(observed, now)) {
      return KEEP_UNTIL_EXPIRY;
    }
    return observed.immutable() ? RECREATE : UPDATE;
  }

  /** Tenants can write the annotation, so a time that no token can have does not count. */
  private static boolean holdsValidToken(ObservedSecret observed, Instant now) {
    Instant expiresAt = observed.expiresAt();
    return expiresAt != null
        && expiresAt.isAfter(now)
        && !expiresAt.isAfter(now.plus(MAX_TOKEN_LIFETIME));
  }

  /** A time in the future is forged, and does not count. */
  private static boolean keepsForeign(ObservedSecret observed, Instant now) {
    Instant since = observed.keptForeignSince();
    return since != null && !since.isAfter(now) && now.isBefore(since.plus(KEEP_FOREIGN));
  }
}
