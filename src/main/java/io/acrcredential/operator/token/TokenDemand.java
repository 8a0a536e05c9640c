// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import java.time.Duration;

/**
 * What all policies together need of one registry.
 *
 * @param refreshBefore the largest value of the policies
 * @param email the {@code email} beside the token in docker configs, that of the oldest policy;
 *     empty = none. Nodes remember a hash of user, password and email, so it is the same for all
 *     policies, and changes with the token only
 * @param listDomains whether a policy needs all domains of an instance, which the instance must
 *     list
 * @param suspended only suspended policies need it: the token is kept, nothing is fetched
 */
public record TokenDemand(
    Duration refreshBefore, String email, boolean listDomains, boolean suspended) {

  /** Combines this demand with that of a younger policy. */
  public TokenDemand merge(TokenDemand other) {
    return new TokenDemand(
        refreshBefore.compareTo(other.refreshBefore) >= 0 ? refreshBefore : other.refreshBefore,
        email,
        listDomains || other.listDomains,
        suspended && other.suspended);
  }
}
