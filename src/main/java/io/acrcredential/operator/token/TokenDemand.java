// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import java.time.Duration;

/**
 * What all policies together need of one registry.
 *
 * @param refreshBefore the largest value of the policies
 * @param listDomains whether a policy needs all domains of an instance, which the instance must
 *     list
 * @param suspended only suspended policies need it: the token is kept, nothing is fetched
 */
public record TokenDemand(Duration refreshBefore, boolean listDomains, boolean suspended) {

  /** Combines two demands. */
  public TokenDemand merge(TokenDemand other) {
    return new TokenDemand(
        refreshBefore.compareTo(other.refreshBefore) >= 0 ? refreshBefore : other.refreshBefore,
        listDomains || other.listDomains,
        suspended && other.suspended);
  }
}
