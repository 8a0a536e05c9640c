// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook.certificate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The content of the webhook's Secret, of type {@code kubernetes.io/tls}.
 *
 * @param active what is served
 * @param next what will be served once the API server trusts its CA; null = none
 * @param trusted the CAs in the {@code caBundle}: those of both, or of the active certificate and
 *     the one before
 */
public record StoredCertificates(
    ServingCertificate active, ServingCertificate next, List<X509Certificate> trusted) {

  private static final String CERTIFICATE = "tls.crt";
  private static final String KEY = "tls.key";
  private static final String CA = "ca.crt";
  private static final String NEXT_CERTIFICATE = "next.crt";
  private static final String NEXT_KEY = "next.key";

  /**
   * Reads the data of the Secret.
   *
   * @param data in Base64; null = none
   * @return empty if any part is missing or broken, or if a certificate is not signed by one of the
   *     CAs
   */
  public static Optional<StoredCertificates> parse(Map<String, String> data) {
    if (data == null) {
      return Optional.empty();
    }
    try {
      ServingCertificate active =
          ServingCertificate.parse(text(data, CERTIFICATE), text(data, KEY));
      ServingCertificate next =
          data.containsKey(NEXT_CERTIFICATE)
              ? ServingCertificate.parse(text(data, NEXT_CERTIFICATE), text(data, NEXT_KEY))
              : null;
      StoredCertificates stored =
          new StoredCertificates(active, next, Pem.certificates(text(data, CA)));
      return stored.isTrusted(active) && (next == null || stored.isTrusted(next))
          ? Optional.of(stored)
          : Optional.empty();
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String text(Map<String, String> data, String key) {
    return new String(Base64.getDecoder().decode(data.getOrDefault(key, "")), US_ASCII);
  }

  private boolean isTrusted(ServingCertificate certificate) {
    return trusted.stream().anyMatch(certificate::isSignedBy);
  }

  /** The data of the Secret, in Base64. */
  public Map<String, String> data() {
    Map<String, String> data = new LinkedHashMap<>();
    data.put(CERTIFICATE, base64(active.pem()));
    data.put(KEY, base64(active.key().reveal()));
    data.put(CA, caBundle());
    if (next != null) {
      data.put(NEXT_CERTIFICATE, base64(next.pem()));
      data.put(NEXT_KEY, base64(next.key().reveal()));
    }
    return data;
  }

  /** The value of {@code caBundle} in the webhook configuration. */
  public String caBundle() {
    return base64(trusted.stream().map(Pem::encode).collect(Collectors.joining()));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(US_ASCII));
  }
}
