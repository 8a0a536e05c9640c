// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks ACS3-HMAC-SHA256 signatures (Alibaba Cloud, "V3 request syntax and signature method"). It
 * is written from that page alone, so that a mistake of the product's signer cannot hide here.
 */
final class Acs3Verifier {

  private static final Pattern AUTHORIZATION =
      Pattern.compile(
          "ACS3-HMAC-SHA256 Credential=([^,\\s]+),SignedHeaders=([^,\\s]+),Signature=([0-9a-f]+)");

  private final CallerChecks checks;

  Acs3Verifier(Function<String, Optional<AccessKey>> keys, Supplier<Instant> now) {
    this(new CallerChecks(keys, now));
  }

  Acs3Verifier(CallerChecks checks) {
    this.checks = checks;
  }

  /** Returns whose key signed the request, or refuses it in the words of the real gateway. */
  AccessKey verify(ApiRequest request) throws Refusal {
    var authorization = AUTHORIZATION.matcher(request.header("authorization"));
    if (!authorization.matches()) {
      throw incomplete("no ACS3-HMAC-SHA256 Authorization");
    }
    var signedHeaders = new TreeSet<>(Arrays.asList(authorization.group(2).split(";")));
    requireSigned(request, signedHeaders);
    checks.requireFresh(request.header("x-acs-date"));
    var key = checks.activeKey(authorization.group(1));
    requireMatch(request, String.join(";", signedHeaders), key, authorization.group(3));
    checks.requireSession(key, request.header("x-acs-security-token"));
    checks.requireNew(request.header("x-acs-signature-nonce"));
    return key;
  }

  /** Which AccessKey a request names, verified or not; empty if none. */
  static String claimedKey(ApiRequest request) {
    var authorization = AUTHORIZATION.matcher(request.header("authorization"));
    return authorization.matches() ? authorization.group(1) : request.parameter("AccessKeyId");
  }

  /** The names of the headers that the caller says it signed; empty if none. */
  static String signedHeaders(ApiRequest request) {
    var authorization = AUTHORIZATION.matcher(request.header("authorization"));
    return authorization.matches() ? authorization.group(2) : "";
  }

  /** The signature as it should be. */
  static String signature(ApiRequest request, String secret) {
    return hex(hmac(secret, stringToSign(canonicalRequest(request, signedHeaders(request)))));
  }

  /** "Host and all x-acs-* headers must be signed", and those the gateway cannot do without. */
  private static void requireSigned(ApiRequest request, TreeSet<String> signed) throws Refusal {
    var required = new TreeSet<>(request.headers().keySet());
    required.removeIf(name -> !name.startsWith("x-acs-"));
    required.add("host");
    required.add("x-acs-content-sha256");
    required.add("x-acs-date");
    required.add("x-acs-signature-nonce");
    required.add("x-acs-version");
    for (var name : required) {
      if (!signed.contains(name)) {
        throw incomplete("header " + name + " is not signed");
      }
    }
    for (var name : signed) {
      if (request.header(name).isEmpty()) {
        throw incomplete("signed header " + name + " was not sent");
      }
    }
  }

  private static void requireMatch(
      ApiRequest request, String signedHeaders, AccessKey key, String signature) throws Refusal {
    var canonical = canonicalRequest(request, signedHeaders);
    var stringToSign = stringToSign(canonical);
    var expected = hex(hmac(key.secret(), stringToSign));
    if (!MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8))
        || !request.header("x-acs-content-sha256").equals(hex(sha256(request.body())))) {
      throw Refusal.byGateway(
          400,
          "SignatureDoesNotMatch",
          "Specified signature is not matched with our calculation. server string to sign is:"
              + stringToSign
              + " server canonical request is:"
              + canonical
              + " AccessKeyId="
              + key.id());
    }
  }

  static String canonicalRequest(ApiRequest request, String signedHeaders) {
    var query =
        request.parameters().stream()
            .sorted(Comparator.comparing(ApiRequest.Parameter::name))
            .map(parameter -> encode(parameter.name()) + "=" + encode(parameter.value()))
            .collect(joining("&"));
    var headers =
        Arrays.stream(signedHeaders.split(";"))
            .map(name -> name + ":" + request.header(name) + "\n")
            .collect(joining());
    return String.join(
        "\n",
        request.method(),
        request.path(),
        query,
        headers,
        signedHeaders,
        hex(sha256(request.body())));
  }

  static String stringToSign(String canonicalRequest) {
    return "ACS3-HMAC-SHA256\n" + hex(sha256(canonicalRequest.getBytes(UTF_8)));
  }

  /** RFC 3986: all but the unreserved characters. */
  static String encode(String text) {
    var encoded = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      var unreserved =
          b >= 'a' && b <= 'z'
              || b >= 'A' && b <= 'Z'
              || b >= '0' && b <= '9'
              || "-_.~".indexOf(b) >= 0;
      encoded.append(unreserved ? String.valueOf((char) b) : String.format("%%%02X", b));
    }
    return encoded.toString();
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] hmac(String secret, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static Refusal incomplete(String why) {
    return Refusal.byGateway(
        400,
        "IncompleteSignature",
        "The request signature does not conform to Aliyun standards: " + why + ".");
  }
}
