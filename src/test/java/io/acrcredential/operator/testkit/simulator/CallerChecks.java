// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** What the gateway checks of every signed call, whichever way it is signed. */
final class CallerChecks {

  private static final Duration TOLERANCE = Duration.ofMinutes(15);
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'");

  private final Function<String, Optional<AccessKey>> keys;
  private final Supplier<Instant> now;
  private final Map<String, Instant> nonces = new ConcurrentHashMap<>();

  CallerChecks(Function<String, Optional<AccessKey>> keys, Supplier<Instant> now) {
    this.keys = keys;
    this.now = now;
  }

  /** "Requests are valid for 15 minutes", before or after. */
  void requireFresh(String date) throws Refusal {
    Instant sent;
    try {
      sent = LocalDateTime.parse(date, DATE).toInstant(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      throw Refusal.byGateway(
          400,
          "InvalidTimeStamp.Format",
          "Specified time stamp or date value is not well formatted.");
    }
    if (Duration.between(sent, now.get()).abs().compareTo(TOLERANCE) > 0) {
      throw Refusal.byGateway(
          400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
    }
  }

  AccessKey activeKey(String id) throws Refusal {
    var key =
        keys.apply(id)
            .orElseThrow(
                () ->
                    Refusal.byGateway(
                        404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."));
    if (!key.active()) {
      throw Refusal.byGateway(
          400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.");
    }
    return key;
  }

  /**
   * A temporary AccessKey counts together with its own, living SecurityToken alone. The codes are
   * the gateway's public ones; the HTTP status of each is not documented.
   */
  void requireSession(AccessKey key, String securityToken) throws Refusal {
    if (key.session() == null) {
      if (!securityToken.isEmpty()) {
        throw mismatch();
      }
      return;
    }
    if (securityToken.isEmpty()) {
      throw Refusal.missing("SecurityToken");
    }
    if (!securityToken.startsWith("CAIS")) {
      throw Refusal.byGateway(
          400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.");
    }
    if (!securityToken.equals(key.session().securityToken())) {
      throw mismatch();
    }
    if (!now.get().isBefore(key.session().expiresAt())) {
      throw Refusal.byGateway(
          400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.");
    }
  }

  private static Refusal mismatch() {
    return Refusal.byGateway(
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.");
  }

  /** Last of all: a nonce counts as used once its signature was right. */
  void requireNew(String nonce) throws Refusal {
    var oldest = now.get().minus(TOLERANCE.multipliedBy(2));
    if (nonces.size() > 50_000) {
      nonces.values().removeIf(oldest::isAfter);
    }
    if (nonces.putIfAbsent(nonce, now.get()) != null) {
      throw Refusal.byGateway(
          400, "SignatureNonceUsed", "Specified signature nonce was used already.");
    }
  }
}
