// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook.certificate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Decides when certificates are issued and replaced. A new certificate is served only after its CA
 * has been in the {@code caBundle} for a while, beside the current one, so that no request is
 * refused: not by an API server that has not seen the new bundle, nor from a replica that still
 * serves the certificate before.
 */
public final class CertificateRotation {

  /** A new certificate is issued this long before the current one expires. */
  public static final Duration RENEW_BEFORE = Duration.ofDays(30);

  /**
   * API servers see a new {@code caBundle} within a second. This is the time for which a replica or
   * an API server may be cut off without a refused request.
   */
  public static final Duration PUBLISH = Duration.ofMinutes(10);

  /** The wait after the {@code caBundle} was written late, which only API servers have to see. */
  static final Duration SETTLE = Duration.ofMinutes(1);

  private final Clock clock;

  /** When this process last wrote the {@code caBundle}. */
  private Instant publishedAt = Instant.EPOCH;

  public CertificateRotation(Clock clock) {
    this.clock = clock;
  }

  /**
   * What the Secret should hold now.
   *
   * @param stored what it holds; empty = it does not exist or is broken
   * @param names the names under which the API server calls the webhook
   * @param published whether the API server has the current {@code caBundle}
   * @return the same object if nothing is to be done
   */
  public StoredCertificates desired(
      Optional<StoredCertificates> stored, List<String> names, boolean published) {
    Instant now = clock.instant();
    if (stored.isEmpty()
        || !stored.get().active().isFor(names)
        || !stored.get().active().isValidAt(now)) {
      CertificateIssuer.Issued issued = CertificateIssuer.issue(names, now);
      return new StoredCertificates(issued.serving(), null, List.of(issued.ca()));
    }
    StoredCertificates current = stored.get();
    if (current.next() == null) {
      return now.isBefore(renewAt(current)) ? current : prepare(current, names, now);
    }
    if (!current.next().isValidAt(now)) {
      // Issued while the clock was wrong.
      return prepare(current, names, now);
    }
    return published && !now.isBefore(switchAt(current))
        ? new StoredCertificates(current.next(), null, current.trusted())
        : current;
  }

  /** This process has written the {@code caBundle}. */
  public void onPublished() {
    publishedAt = clock.instant();
  }

  private static StoredCertificates prepare(
      StoredCertificates current, List<String> names, Instant now) {
    CertificateIssuer.Issued issued = CertificateIssuer.issue(names, now);
    return new StoredCertificates(
        current.active(),
        issued.serving(),
        List.of(
            current.trusted().stream()
                .filter(current.active()::isSignedBy)
                .findFirst()
                .orElseThrow(),
            issued.ca()));
  }

  /** When {@link #desired} returns something else, if nobody edits the Secret. */
  public Duration untilChange(StoredCertificates current) {
    Instant at = current.next() == null ? renewAt(current) : switchAt(current);
    Duration wait = Duration.between(clock.instant(), at);
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  private static Instant renewAt(StoredCertificates current) {
    return current.active().expiresAt().minus(RENEW_BEFORE);
  }

  private Instant switchAt(StoredCertificates current) {
    Instant issued = current.next().issuedAt().plus(PUBLISH);
    Instant written = publishedAt.plus(SETTLE);
    return written.isAfter(issued) ? written : issued;
  }
}
