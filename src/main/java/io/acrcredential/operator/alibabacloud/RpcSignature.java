// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Alibaba Cloud's signature version 1.0 of RPC style, HMAC-SHA1: what the official STS SDK still
 * sends. Source: "RPC signature mechanism" of the OpenAPI documentation, with its test vectors.
 */
public final class RpcSignature {

  private RpcSignature() {}

  /**
   * The value of the parameter {@code Signature}.
   *
   * @param parameters all of query and form, without {@code Signature}
   */
  public static String of(String method, SortedMap<String, String> parameters, AccessKey key) {
    String canonical =
        parameters.entrySet().stream().map(RpcSignature::pair).collect(Collectors.joining("&"));
    String stringToSign = method + "&%2F&" + encoded(canonical);
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec((key.secret().reveal() + '&').getBytes(UTF_8), "HmacSHA1"));
      return Base64.getEncoder().encodeToString(mac.doFinal(stringToSign.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA1", e);
    }
  }

  private static String pair(Map.Entry<String, String> parameter) {
    return encoded(parameter.getKey()) + '=' + encoded(parameter.getValue());
  }

  /** RFC 3986: a space is %20, an asterisk %2A, and the tilde stays. */
  static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }
}
