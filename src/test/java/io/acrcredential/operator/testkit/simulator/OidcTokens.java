// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Issues OIDC tokens in the shape of ServiceAccount tokens and knows them again. */
final class OidcTokens {

  /** An OIDC identity provider as RAM knows it. */
  record Provider(String arn, String issuer, String audience) {}

  /** What a token says. */
  record Claims(
      String issuer, String subject, String audience, Instant issuedAt, Instant expiresAt) {}

  private final Map<String, Claims> issued = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  String issue(Claims claims) {
    var header = JsonNodeFactory.instance.objectNode().put("alg", "RS256").put("kid", "simulated");
    var payload =
        JsonNodeFactory.instance
            .objectNode()
            .put("iss", claims.issuer())
            .put("sub", claims.subject())
            .put("iat", claims.issuedAt().getEpochSecond())
            .put("exp", claims.expiresAt().getEpochSecond());
    payload.putArray("aud").add(claims.audience());
    var signature = new byte[256];
    random.nextBytes(signature);
    var token = part(header) + "." + part(payload) + "." + base64(signature);
    issued.put(token, claims);
    return token;
  }

  Optional<Claims> find(String token) {
    return Optional.ofNullable(issued.get(token));
  }

  private static String part(ObjectNode json) {
    return base64(json.toString().getBytes(UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
