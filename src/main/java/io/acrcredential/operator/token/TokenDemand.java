package io.acrcredential.operator.token;

import java.time.Duration;

/**
 * What the policies together want of one registry.
 *
 * @param refreshBefore the largest any of them asks for
 * @param listDomains whether one of them wants every domain of an instance that must be asked for
 *     them
 * @param suspended only suspended policies want it: what is there stays, nothing is fetched
 */
public record TokenDemand(Duration refreshBefore, boolean listDomains, boolean suspended) {

  /** Both together. */
  public TokenDemand merge(TokenDemand other) {
    return new TokenDemand(
        refreshBefore.compareTo(other.refreshBefore) >= 0 ? refreshBefore : other.refreshBefore,
        listDomains || other.listDomains,
        suspended && other.suspended);
  }
}
