package io.acrcredential.operator.token;

import io.acrcredential.operator.SensitiveString;
import java.time.Duration;
import java.time.Instant;

/**
 * A pull token at hand.
 *
 * @param issuedAt when we asked for it, by our clock
 * @param keyFingerprint of the AccessKey that asked; tells whether another would ask now
 */
public record RegistryToken(
    String username,
    SensitiveString password,
    Instant issuedAt,
    Instant expiresAt,
    String keyFingerprint) {

  /** From the asking to the end; 0 where the end comes first. */
  public Duration lifetime() {
    Duration lifetime = Duration.between(issuedAt, expiresAt);
    return lifetime.isNegative() ? Duration.ZERO : lifetime;
  }

  /** Whether a registry still takes it. */
  public boolean validAt(Instant now) {
    return now.isBefore(expiresAt);
  }
}
