// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook.certificate;

import io.acrcredential.operator.SensitiveString;
import io.netty.util.NetUtil;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * A certificate of the webhook's server with its key.
 *
 * @param key in PEM
 */
public record ServingCertificate(X509Certificate certificate, SensitiveString key) {

  /**
   * Certificates are valid from this long before their issue, for API servers with other clocks.
   */
  static final Duration BACKDATED = Duration.ofHours(1);

  private static final byte[] CHALLENGE = new byte[32];

  /**
   * Reads a pair.
   *
   * @throws GeneralSecurityException if one of them cannot be read, or they do not belong together
   */
  static ServingCertificate parse(String certificate, String key) throws GeneralSecurityException {
    List<X509Certificate> certificates = Pem.certificates(certificate);
    if (certificates.size() != 1) {
      throw new GeneralSecurityException("not one certificate");
    }
    PrivateKey privateKey = Pem.privateKey(key);
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(privateKey);
    signature.update(CHALLENGE);
    byte[] signed = signature.sign();
    signature.initVerify(certificates.get(0).getPublicKey());
    signature.update(CHALLENGE);
    if (!signature.verify(signed)) {
      throw new GeneralSecurityException("the key is not that of the certificate");
    }
    return new ServingCertificate(certificates.get(0), SensitiveString.of(key));
  }

  String pem() {
    return Pem.encode(certificate);
  }

  Instant issuedAt() {
    return certificate.getNotBefore().toInstant().plus(BACKDATED);
  }

  Instant expiresAt() {
    return certificate.getNotAfter().toInstant();
  }

  /** False before its validity begins, too: it was issued while the clock was wrong. */
  boolean isValidAt(Instant time) {
    return !certificate.getNotBefore().toInstant().isAfter(time) && expiresAt().isAfter(time);
  }

  boolean isSignedBy(X509Certificate ca) {
    try {
      certificate.verify(ca.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** Certificates have IPv6 addresses without {@code ::}. */
  private static String normalized(String name) {
    return NetUtil.isValidIpV6Address(name)
        ? NetUtil.createInetAddressFromIpAddressString(name).getHostAddress()
        : name;
  }

  /** Whether it is a certificate of these names: DNS names or IP addresses. */
  boolean isFor(Collection<String> names) {
    try {
      var alternatives = certificate.getSubjectAlternativeNames();
      return alternatives != null
          && alternatives.stream()
              .map(alternative -> Objects.toString(alternative.get(1)))
              .toList()
              .containsAll(names.stream().map(ServingCertificate::normalized).toList());
    } catch (CertificateParsingException e) {
      return false;
    }
  }
}
