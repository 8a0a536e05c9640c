// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook.certificate;

import io.acrcredential.operator.SensitiveString;
import io.netty.util.NetUtil;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Issues serving certificates, each with a CA of its own (RFC 5280, ECDSA on P-256). The CA's key
 * is forgotten at once, so nobody can issue another certificate that the API server trusts.
 */
public final class CertificateIssuer {

  /** How long a certificate is valid. */
  public static final Duration LIFETIME = Duration.ofDays(90);

  private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
  private static final String COMMON_NAME = "2.5.4.3";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;
  private static final byte DIGITAL_SIGNATURE = (byte) 0x80;
  private static final byte KEY_CERT_SIGN = 0x04;
  private static final int SERIAL_BITS = 127;

  private static final String PRODUCT = "acr-credential-operator webhook";

  private CertificateIssuer() {}

  /** A serving certificate and the CA that signed it. */
  public record Issued(ServingCertificate serving, X509Certificate ca) {}

  /**
   * Issues a certificate.
   *
   * @param names the DNS names or IP addresses of the server
   */
  public static Issued issue(List<String> names, Instant now) {
    try {
      SecureRandom random = new SecureRandom();
      KeyPair caKeys = keys(random);
      KeyPair serverKeys = keys(random);
      // The name of each CA differs, because a bundle may hold two.
      BigInteger caSerial = new BigInteger(SERIAL_BITS, random);
      byte[] caName = name(PRODUCT + " CA " + caSerial.toString(16));
      X509Certificate ca =
          certificate(
              caSerial,
              caName,
              caName,
              caKeys,
              caKeys.getPrivate(),
              now,
              extension(
                  BASIC_CONSTRAINTS,
                  true,
                  Der.sequence(Der.bool(true), Der.integer(BigInteger.ZERO))),
              extension(KEY_USAGE, true, Der.bits(2, new byte[] {KEY_CERT_SIGN})));
      X509Certificate serving =
          certificate(
              new BigInteger(SERIAL_BITS, random),
              caName,
              name(PRODUCT),
              serverKeys,
              caKeys.getPrivate(),
              now,
              extension(KEY_USAGE, true, Der.bits(7, new byte[] {DIGITAL_SIGNATURE})),
              extension(EXTENDED_KEY_USAGE, false, Der.sequence(Der.oid(SERVER_AUTH))),
              extension(SUBJECT_ALTERNATIVE_NAME, false, alternativeNames(names)));
      return new Issued(
          new ServingCertificate(
              serving,
              SensitiveString.of(
                  Pem.encode(Pem.PRIVATE_KEY, serverKeys.getPrivate().getEncoded()))),
          ca);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has these algorithms", e);
    }
  }

  private static KeyPair keys(SecureRandom random) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  private static X509Certificate certificate(
      BigInteger serial,
      byte[] issuer,
      byte[] subject,
      KeyPair keys,
      PrivateKey signer,
      Instant now,
      byte[]... extensions)
      throws GeneralSecurityException {
    byte[] algorithm = Der.sequence(Der.oid(ECDSA_WITH_SHA256));
    byte[] content =
        Der.sequence(
            Der.explicit(0, Der.integer(BigInteger.TWO)), // version 3
            Der.integer(serial),
            algorithm,
            issuer,
            Der.sequence(
                Der.time(now.minus(ServingCertificate.BACKDATED)), Der.time(now.plus(LIFETIME))),
            subject,
            keys.getPublic().getEncoded(),
            Der.explicit(3, Der.sequence(extensions)));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(signer);
    signature.update(content);
    byte[] encoded = Der.sequence(content, algorithm, Der.bits(0, signature.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(encoded));
  }

  private static byte[] name(String commonName) {
    return Der.sequence(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.utf8(commonName))));
  }

  private static byte[] extension(String oid, boolean critical, byte[] value) {
    return critical
        ? Der.sequence(Der.oid(oid), Der.bool(true), Der.octets(value))
        : Der.sequence(Der.oid(oid), Der.octets(value));
  }

  private static byte[] alternativeNames(List<String> names) {
    return Der.sequence(
        names.stream().map(CertificateIssuer::alternativeName).toArray(byte[][]::new));
  }

  private static byte[] alternativeName(String name) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(name);
    return address == null
        ? Der.implicit(DNS_NAME, name.getBytes(StandardCharsets.US_ASCII))
        : Der.implicit(IP_ADDRESS, address);
  }
}
