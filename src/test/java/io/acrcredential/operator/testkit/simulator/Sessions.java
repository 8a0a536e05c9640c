// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/** Opens roles' sessions; from then on the gateways know their AccessKeys. */
final class Sessions {

  private final Map<String, AccessKey> accessKeys;
  private final SecureRandom random = new SecureRandom();

  Sessions(Map<String, AccessKey> accessKeys) {
    this.accessKeys = accessKeys;
  }

  /** SecurityTokens hold the characters that encodings stumble over: {@code + / =}. */
  AccessKey open(SimRole role, String name, SessionPolicy policy, Instant expiresAt) {
    var token = "CAIS+/" + Base64.getEncoder().encodeToString(bytes(400));
    var session = new Session(role, name, token, expiresAt, policy);
    var id = "STS.NU" + text(18);
    var key = new AccessKey(id, text(33), role.account(), true, session);
    accessKeys.put(id, key);
    return key;
  }

  static SessionCredentials credentials(AccessKey key) {
    return new SessionCredentials(
        key.id(), key.secret(), key.session().securityToken(), key.session().expiresAt());
  }

  private String text(int length) {
    return Base64.getUrlEncoder().encodeToString(bytes(length)).replace('_', 'x').replace('-', 'y');
  }

  private byte[] bytes(int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
