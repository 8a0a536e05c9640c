// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.Sha256;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Alibaba Cloud's signature version 3, ACS3-HMAC-SHA256, for both of the APIs' styles. Source: "V3
 * request syntax and signature method" of the OpenAPI documentation, with its test vector.
 */
final class Acs3Signature {

  static final String ALGORITHM = "ACS3-HMAC-SHA256";

  private Acs3Signature() {}

  /**
   * The value of the {@code Authorization} header.
   *
   * @param path the request's path as sent, percent-encoded
   * @param rawQuery the query as sent; null = none
   * @param headers the headers to sign, with lower-case names
   * @param payloadHash {@link Sha256} of the body
   */
  static String authorization(
      String method,
      String path,
      String rawQuery,
      SortedMap<String, String> headers,
      String payloadHash,
      AccessKey key) {
    String signedHeaders = String.join(";", headers.keySet());
    String canonicalRequest =
        method
            + '\n'
            + path
            + '\n'
            + canonicalQuery(rawQuery)
            + '\n'
            + canonicalHeaders(headers)
            + '\n'
            + signedHeaders
            + '\n'
            + payloadHash;
    String stringToSign = ALGORITHM + '\n' + Sha256.hex(canonicalRequest.getBytes(UTF_8));
    String signature = hmacSha256(key.secret().reveal(), stringToSign);
    return "%s Credential=%s,SignedHeaders=%s,Signature=%s"
        .formatted(ALGORITHM, key.id(), signedHeaders, signature);
  }

  private static String canonicalHeaders(SortedMap<String, String> headers) {
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, String> header : headers.entrySet()) {
      lines.append(header.getKey()).append(':').append(header.getValue().strip()).append('\n');
    }
    return lines.toString();
  }

  private static String canonicalQuery(String rawQuery) {
    if (rawQuery == null || rawQuery.isEmpty()) {
      return "";
    }
    return Arrays.stream(rawQuery.split("&"))
        .map(pair -> pair.split("=", 2))
        .map(pair -> encoded(pair[0]) + '=' + (pair.length == 2 ? encoded(pair[1]) : ""))
        .sorted()
        .collect(Collectors.joining("&"));
  }

  /** RFC 3986: a space is %20, an asterisk %2A, and the tilde stays. */
  private static String encoded(String rawValue) {
    return URLEncoder.encode(URLDecoder.decode(rawValue, UTF_8), UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private static String hmacSha256(String secret, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
