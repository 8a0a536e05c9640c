// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.endpoint.ClockOffset;
import java.time.Duration;
import java.time.Instant;

/**
 * A pull token that ACR issued by GetAuthorizationToken.
 *
 * @param username {@code TempUsername}; {@code cr_temp_user} in practice, but never assumed
 * @param password {@code AuthorizationToken}: opaque, may contain {@code :} and {@code =}
 * @param issuedAt when the operator requested it, by the clock of the service
 * @param expiresAt {@code ExpireTime}, by the clock of the service: one hour ahead, or when the STS
 *     credentials expire
 * @param keyFingerprint of the AccessKey that requested it; empty until {@link #withRequest}. A
 *     different fingerprint means that the identity has another key now
 * @param offset of the clock of the service
 */
public record RegistryToken(
    String username,
    SensitiveString password,
    Instant issuedAt,
    Instant expiresAt,
    String keyFingerprint,
    ClockOffset offset) {

  /** A token of a service whose clock agrees with the local one. */
  public RegistryToken(
      String username,
      SensitiveString password,
      Instant issuedAt,
      Instant expiresAt,
      String keyFingerprint) {
    this(username, password, issuedAt, expiresAt, keyFingerprint, ClockOffset.NONE);
  }

  /** A token as it arrives from ACR. */
  static RegistryToken received(
      String username, SensitiveString password, Instant expiresAt, Reception reception) {
    return new RegistryToken(
        username, password, reception.issuedAt(expiresAt), expiresAt, "", reception.offset());
  }

  /**
   * The same token with what only the caller knows.
   *
   * @param callDuration from the request to the response
   * @param credentialsExpireAt by the local clock; the token is useless after that time; null =
   *     they do not expire
   */
  public RegistryToken withRequest(
      Duration callDuration, String fingerprint, Instant credentialsExpireAt) {
    Instant limit = credentialsExpireAt == null ? null : credentialsExpireAt.plus(offset.least());
    return new RegistryToken(
        username,
        password,
        issuedAt.minus(callDuration),
        limit != null && limit.isBefore(expiresAt) ? limit : expiresAt,
        fingerprint,
        offset);
  }

  /** The earliest local time at which it can expire: it is renewed in time before. */
  public Instant earliestExpiry() {
    return offset.earliest(expiresAt);
  }

  /** The latest local time at which it can expire: it stays in the cluster until then. */
  public Instant latestExpiry() {
    return offset.latest(expiresAt);
  }

  /** From the request to the expiry; 0 if it expires before it was requested. */
  public Duration lifetime() {
    Duration lifetime = Duration.between(issuedAt, expiresAt);
    return lifetime.isNegative() ? Duration.ZERO : lifetime;
  }

  /** Whether a registry may accept it at this local time. */
  public boolean isValidAt(Instant now) {
    return now.isBefore(latestExpiry());
  }
}
