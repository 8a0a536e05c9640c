package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import java.time.Instant;
import java.util.List;

/**
 * How far a registry is: what is at hand and what went wrong last.
 *
 * @param token the last one got; null = none yet. It may have expired
 * @param domains as the instance listed them last; empty = not asked
 * @param domainsListedAt null = never
 * @param error why the last try failed; null = it did not
 * @param failedAt when it did
 * @param nextTryAt when the token is due, or the next retry
 */
public record RegistryState(
    RegistryToken token,
    List<String> domains,
    Instant domainsListedAt,
    AlibabaCloudException error,
    Instant failedAt,
    Instant nextTryAt) {

  /** Nothing at hand, nothing tried. */
  public static final RegistryState NONE =
      new RegistryState(null, List.of(), null, null, null, null);

  /** After a try: a null part was not asked for or not got, and what was there stays. */
  RegistryState afterAttempt(
      RegistryToken newToken,
      List<String> newDomains,
      AlibabaCloudException newError,
      Instant now) {
    return new RegistryState(
        newToken == null ? token : newToken,
        newDomains == null ? domains : List.copyOf(newDomains),
        newDomains == null ? domainsListedAt : now,
        newError,
        newError == null ? null : now,
        nextTryAt);
  }

  RegistryState withNextTryAt(Instant time) {
    return new RegistryState(token, domains, domainsListedAt, error, failedAt, time);
  }

  /** Whether images can be pulled with it. */
  public boolean validAt(Instant now) {
    return token != null && token.validAt(now);
  }
}
