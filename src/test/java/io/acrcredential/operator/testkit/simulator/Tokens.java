// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Issues temporary passwords in the shape of the real ones and knows them again. */
final class Tokens {

  private static final String USERNAME = "cr_temp_user";

  private final Map<String, SimToken> byPassword = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  record Issued(String password, SimToken token) {

    @Override
    public String toString() {
      return token.toString();
    }
  }

  Issued issue(SimAccount account, String region, String instanceId, Instant now, Duration life) {
    var instance = instanceId.isEmpty() ? "" : String.format("\"instanceId\":\"%s\",", instanceId);
    var claims =
        String.format(
            "{%s\"time\":\"%d\",\"type\":\"sub\",\"userId\":\"%s\"}",
            instance, now.toEpochMilli(), account.uid());
    var seal = new byte[20];
    random.nextBytes(seal);
    var password =
        Base64.getEncoder().encodeToString(claims.getBytes(UTF_8))
            + ":"
            + HexFormat.of().formatHex(seal);
    var token = new SimToken(USERNAME, account.uid(), region, instanceId, now, now.plus(life));
    byPassword.values().removeIf(old -> old.expiresAt().isBefore(now.minus(life)));
    byPassword.put(password, token);
    return new Issued(password, token);
  }

  /** The token, if it was issued here and has not expired. */
  Optional<SimToken> find(String username, String password, Instant now) {
    return Optional.ofNullable(byPassword.get(password))
        .filter(token -> token.username().equals(username))
        .filter(token -> now.isBefore(token.expiresAt()));
  }
}
