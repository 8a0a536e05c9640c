// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks signatures of version 1.0, HMAC-SHA1 (Alibaba Cloud, "RPC request syntax and signature
 * method"), over the parameters of query and form body together. It shares no code with the
 * product's signer.
 */
final class RpcVerifier {

  private static final List<String> REQUIRED =
      List.of("AccessKeyId", "Signature", "SignatureNonce", "Timestamp", "Version");

  private final CallerChecks checks;

  RpcVerifier(CallerChecks checks) {
    this.checks = checks;
  }

  /** Returns whose key signed the request, or refuses it in the words of the real gateway. */
  AccessKey verify(ApiRequest request) throws Refusal {
    for (var name : REQUIRED) {
      if (request.parameter(name).isEmpty()) {
        throw Refusal.missing(name);
      }
    }
    if (!request.parameter("SignatureMethod").equals("HMAC-SHA1")
        || !request.parameter("SignatureVersion").equals("1.0")) {
      throw Refusal.byGateway(
          400, "InvalidSignatureMethod", "Specified signature method is not valid.");
    }
    checks.requireFresh(request.parameter("Timestamp"));
    var key = checks.activeKey(request.parameter("AccessKeyId"));
    requireMatch(request, key);
    checks.requireSession(key, request.parameter("SecurityToken"));
    checks.requireNew(request.parameter("SignatureNonce"));
    return key;
  }

  private static void requireMatch(ApiRequest request, AccessKey key) throws Refusal {
    var expected = signature(request, key.secret());
    if (!MessageDigest.isEqual(
        expected.getBytes(UTF_8), request.parameter("Signature").getBytes(UTF_8))) {
      throw Refusal.byGateway(
          400,
          "SignatureDoesNotMatch",
          "Specified signature is not matched with our calculation. server string to sign is:"
              + stringToSign(request));
    }
  }

  static String signature(ApiRequest request, String secret) {
    try {
      var mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec((secret + "&").getBytes(UTF_8), "HmacSHA1"));
      return Base64.getEncoder().encodeToString(mac.doFinal(stringToSign(request).getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static String stringToSign(ApiRequest request) {
    var signed = new TreeMap<String, String>();
    request.allParameters().forEach(one -> signed.put(one.name(), one.value()));
    signed.remove("Signature");
    var canonical =
        signed.entrySet().stream()
            .map(
                one ->
                    Acs3Verifier.encode(one.getKey()) + "=" + Acs3Verifier.encode(one.getValue()))
            .collect(joining("&"));
    return request.method() + "&" + Acs3Verifier.encode("/") + "&" + Acs3Verifier.encode(canonical);
  }
}
