// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.SensitiveString;
import java.time.Duration;
import java.time.Instant;

/**
 * A pull token that ACR issued by GetAuthorizationToken.
 *
 * @param username {@code TempUsername}; {@code cr_temp_user} in practice, but never assumed
 * @param password {@code AuthorizationToken}: opaque, may contain {@code :} and {@code =}
 * @param issuedAt when the operator requested it, by the clock of the service
 * @param expiresAt {@code ExpireTime}: one hour ahead, or when the STS credentials expire
 * @param keyFingerprint of the AccessKey that requested it; empty until {@link #withRequest}. A
 *     different fingerprint means that the identity has another key now
 */
public record RegistryToken(
    String username,
    SensitiveString password,
    Instant issuedAt,
    Instant expiresAt,
    String keyFingerprint) {

  /** A token as it arrives from ACR. */
  static RegistryToken received(
      String username, SensitiveString password, Instant receivedAt, Instant expiresAt) {
    return new RegistryToken(username, password, receivedAt, expiresAt, "");
  }

  /**
   * The same token with what only the caller knows.
   *
   * @param credentialsExpireAt the token is useless after that time; null = they do not expire
   */
  public RegistryToken withRequest(
      Instant requestedAt, String fingerprint, Instant credentialsExpireAt) {
    boolean credentialsExpireFirst =
        credentialsExpireAt != null && credentialsExpireAt.isBefore(expiresAt);
    return new RegistryToken(
        username,
        password,
        requestedAt,
        credentialsExpireFirst ? credentialsExpireAt : expiresAt,
        fingerprint);
  }

  /** From the request to the expiry; 0 if it expires before it was requested. */
  public Duration lifetime() {
    Duration lifetime = Duration.between(issuedAt, expiresAt);
    return lifetime.isNegative() ? Duration.ZERO : lifetime;
  }

  /** Whether a registry accepts it at this time. */
  public boolean isValidAt(Instant now) {
    return now.isBefore(expiresAt);
  }
}
