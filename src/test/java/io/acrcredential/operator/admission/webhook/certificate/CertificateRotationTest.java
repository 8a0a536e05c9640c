// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.ManualTime;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateRotationTest {

  private static final List<String> NAMES = List.of("webhook.acr.svc");
  private static final Duration UNTIL_RENEWAL =
      CertificateIssuer.LIFETIME.minus(CertificateRotation.RENEW_BEFORE);

  private final ManualTime time = new ManualTime(Instant.parse("2026-03-01T00:00:00Z"));
  private final CertificateRotation rotation = new CertificateRotation(time.clock());

  @Test
  void issuesCertificatesThatTheJdkAccepts() throws Exception {
    // given
    List<String> names = List.of("webhook.acr.svc", "127.0.0.1", "fd00::1");

    // when
    CertificateIssuer.Issued issued = CertificateIssuer.issue(names, time.now());

    // then
    X509Certificate serving = issued.serving().certificate();
    serving.checkValidity(Date.from(time.now().minus(Duration.ofMinutes(59))));
    serving.checkValidity(Date.from(time.now().plus(CertificateIssuer.LIFETIME).minusSeconds(1)));
    assertThat(serving.getVersion()).isEqualTo(3);
    assertThat(serving.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(serving.getKeyUsage()[0]).as("digitalSignature").isTrue();
    assertThat(serving.getBasicConstraints()).as("is no CA").isEqualTo(-1);
    assertThat(serving.getSubjectAlternativeNames())
        .containsExactly(
            List.of(2, "webhook.acr.svc"),
            List.of(7, "127.0.0.1"),
            List.of(7, "fd00:0:0:0:0:0:0:1"));
    assertThat(issued.ca().getBasicConstraints()).as("is a CA").isZero();
    assertThat(issued.ca().getKeyUsage()[5]).as("keyCertSign").isTrue();
    assertThat(issued.serving().isSignedBy(issued.ca())).isTrue();
    assertThat(issued.serving().key()).hasToString("***");
  }

  @Test
  void writesTimesFrom2050OnAsGeneralizedTime() {
    // when
    CertificateIssuer.Issued issued =
        CertificateIssuer.issue(NAMES, Instant.parse("2049-12-01T00:00:00Z"));

    // then
    assertThat(issued.serving().certificate().getNotBefore())
        .isEqualTo(Instant.parse("2049-11-30T23:00:00Z"));
    assertThat(issued.serving().expiresAt()).isEqualTo(Instant.parse("2050-03-01T00:00:00Z"));
  }

  @Test
  void changesNothingWhileTheCertificateIsFresh() {
    // given
    StoredCertificates first = rotation.desired(Optional.empty(), NAMES, false);
    assertThat(first.next()).isNull();

    // when
    time.pass(UNTIL_RENEWAL.minusSeconds(1));

    // then
    assertThat(rotation.desired(Optional.of(first), NAMES, true)).isSameAs(first);
    assertThat(rotation.untilChange(first)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void servesANewCertificateOnlyAfterItsCaWasPublished() {
    // given
    StoredCertificates first = rotation.desired(Optional.empty(), NAMES, false);
    time.pass(UNTIL_RENEWAL);

    // when
    StoredCertificates prepared = rotation.desired(Optional.of(first), NAMES, true);

    // then the current one is served, and both CAs are trusted
    assertThat(prepared.active()).isEqualTo(first.active());
    assertThat(prepared.next()).isNotNull();
    assertThat(prepared.trusted()).hasSize(2).startsWith(first.trusted().get(0));
    assertThat(prepared.next().isSignedBy(prepared.trusted().get(1))).isTrue();
    assertThat(rotation.untilChange(prepared)).isEqualTo(CertificateRotation.PUBLISH);

    // when the time is not over, or the bundle is not published
    time.pass(CertificateRotation.PUBLISH.minusSeconds(1));
    assertThat(rotation.desired(Optional.of(prepared), NAMES, true)).isSameAs(prepared);
    time.pass(Duration.ofSeconds(1));
    assertThat(rotation.desired(Optional.of(prepared), NAMES, false)).isSameAs(prepared);

    // then
    StoredCertificates switched = rotation.desired(Optional.of(prepared), NAMES, true);
    assertThat(switched.active()).isEqualTo(prepared.next());
    assertThat(switched.next()).isNull();
    assertThat(switched.trusted())
        .as("a replica may still serve the one before")
        .isEqualTo(prepared.trusted());

    // when it is renewed once more
    time.pass(UNTIL_RENEWAL);
    StoredCertificates third = rotation.desired(Optional.of(switched), NAMES, true);

    // then
    assertThat(third.trusted()).hasSize(2).startsWith(switched.trusted().get(1));
  }

  @Test
  void replacesAnExpiredCertificateAtOnce() {
    // given
    StoredCertificates first = rotation.desired(Optional.empty(), NAMES, false);

    // when
    time.pass(CertificateIssuer.LIFETIME);

    // then
    StoredCertificates fresh = rotation.desired(Optional.of(first), NAMES, true);
    assertThat(fresh.active()).isNotEqualTo(first.active());
    assertThat(fresh.trusted()).hasSize(1);
  }

  /** The caBundle could not be written for a while. */
  @Test
  void waitsAfterALatePublication() {
    // given
    StoredCertificates prepared = prepared();
    time.pass(CertificateRotation.PUBLISH);

    // when
    rotation.onPublished();

    // then
    assertThat(rotation.desired(Optional.of(prepared), NAMES, true)).isSameAs(prepared);
    assertThat(rotation.untilChange(prepared)).isEqualTo(CertificateRotation.SETTLE);

    // when
    time.pass(CertificateRotation.SETTLE);

    // then
    assertThat(rotation.desired(Optional.of(prepared), NAMES, true).active())
        .isEqualTo(prepared.next());
  }

  @Test
  void replacesCertificatesFromTheFuture() {
    // given
    CertificateRotation ahead =
        new CertificateRotation(Clock.offset(time.clock(), Duration.ofDays(400)));
    StoredCertificates future = ahead.desired(Optional.empty(), NAMES, false);
    StoredCertificates prepared = prepared();
    StoredCertificates futureNext =
        new StoredCertificates(
            prepared.active(),
            future.active(),
            List.of(prepared.trusted().get(0), future.trusted().get(0)));

    // when
    StoredCertificates fresh = rotation.desired(Optional.of(future), NAMES, true);
    StoredCertificates preparedAgain = rotation.desired(Optional.of(futureNext), NAMES, true);

    // then
    assertThat(fresh.active().issuedAt()).isEqualTo(time.now());
    assertThat(preparedAgain.active()).isEqualTo(prepared.active());
    assertThat(preparedAgain.next().issuedAt()).isEqualTo(time.now());
    assertThat(preparedAgain.trusted()).hasSize(2).startsWith(prepared.trusted().get(0));
  }

  @Test
  void knowsItsAddressInEachNotation() {
    // given
    List<String> names = List.of("127.0.0.1", "fd00::1");

    // when
    StoredCertificates stored = rotation.desired(Optional.empty(), names, false);

    // then
    assertThat(rotation.desired(Optional.of(stored), names, true)).isSameAs(stored);
    assertThat(stored.active().isFor(List.of("fd00::2"))).isFalse();
  }

  @Test
  void replacesACertificateOfAnotherNameAtOnce() {
    // given
    StoredCertificates first = rotation.desired(Optional.empty(), NAMES, false);

    // when
    List<String> renamed = List.of("other.acr.svc");
    StoredCertificates fresh = rotation.desired(Optional.of(first), renamed, true);

    // then
    assertThat(fresh.active().isFor(renamed)).isTrue();
  }

  // ---- the Secret

  private StoredCertificates prepared() {
    StoredCertificates first = rotation.desired(Optional.empty(), NAMES, false);
    time.pass(UNTIL_RENEWAL);
    return rotation.desired(Optional.of(first), NAMES, true);
  }

  @Test
  void readsWhatItWrote() {
    // given
    StoredCertificates prepared = prepared();

    // then
    assertThat(StoredCertificates.parse(prepared.data())).contains(prepared);
    assertThat(StoredCertificates.parse(null)).isEmpty();
    assertThat(StoredCertificates.parse(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls.crt", "tls.key", "ca.crt", "next.crt", "next.key"})
  void takesNoSecretWithABrokenPart(String key) {
    // given
    Map<String, String> data = new HashMap<>(prepared().data());

    for (String broken : List.of("", "bm8gUEVN", "%%%", data.get(key).substring(0, 100))) {
      // when
      data.put(key, broken);

      // then
      assertThat(StoredCertificates.parse(data)).as("%s = %s", key, broken).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"tls.crt, next.crt", "tls.key, next.key", "next.crt, tls.crt"})
  void takesNoSecretWhosePartsDoNotBelongTogether(String key, String other) {
    // given
    Map<String, String> data = new HashMap<>(prepared().data());

    // when
    data.put(key, data.get(other));

    // then
    assertThat(StoredCertificates.parse(data)).isEmpty();
  }

  @Test
  void takesNoCertificateOfACaThatIsNotTrusted() {
    // given
    Map<String, String> data = new HashMap<>(prepared().data());

    // when
    data.put("ca.crt", rotation.desired(Optional.empty(), NAMES, false).data().get("ca.crt"));

    // then
    assertThat(StoredCertificates.parse(data)).isEmpty();
  }
}
