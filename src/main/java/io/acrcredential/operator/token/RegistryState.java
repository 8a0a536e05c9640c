// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * The state of a registry: token, domains and the last error.
 *
 * @param token the last one fetched, possibly expired; null = none yet
 * @param email the {@code email} beside this token in docker configs; empty = none
 * @param domains as last listed by the instance; empty = not listed
 * @param domainsListedAt null = never
 * @param error of the last attempt; null = it succeeded
 * @param failedAt when it failed
 * @param nextTryAt when the token is due, or the next retry
 */
public record RegistryState(
    RegistryToken token,
    String email,
    List<String> domains,
    Instant domainsListedAt,
    AlibabaCloudException error,
    Instant failedAt,
    Instant nextTryAt) {

  /** Nothing fetched yet. */
  public static final RegistryState NONE =
      new RegistryState(null, "", List.of(), null, null, null, null);

  /**
   * After an attempt: a null part was not requested or failed, and keeps its previous value.
   *
   * @param newEmail of the new token
   */
  RegistryState afterAttempt(
      RegistryToken newToken,
      String newEmail,
      List<String> newDomains,
      AlibabaCloudException newError,
      Instant now) {
    return new RegistryState(
        newToken == null ? token : newToken,
        newToken == null ? email : newEmail,
        newDomains == null ? domains : List.copyOf(newDomains),
        newDomains == null ? domainsListedAt : now,
        newError,
        newError == null ? null : now,
        nextTryAt);
  }

  RegistryState withNextTryAt(Instant time) {
    return new RegistryState(token, email, domains, domainsListedAt, error, failedAt, time);
  }

  /** Whether its token and domains, which are all that is written, are those of the other. */
  boolean hasResultOf(RegistryState other) {
    return Objects.equals(token, other.token) && domains.equals(other.domains);
  }

  /** Whether the token is valid. */
  public boolean isValidAt(Instant now) {
    return token != null && token.isValidAt(now);
  }
}
