// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** All that the simulated cloud holds; changes take effect at the next call. */
final class SimulatorState {

  /** A new-style Personal Edition instance ({@code crpi-}). */
  record Personal(String account, String region) {}

  final Map<String, SimAccount> accounts = new ConcurrentHashMap<>();
  final Map<String, AccessKey> accessKeys = new ConcurrentHashMap<>();
  final Map<String, SimInstance> instances = new ConcurrentHashMap<>();
  final Set<String> regions = ConcurrentHashMap.newKeySet();
  final Map<String, Integer> ports = new ConcurrentHashMap<>();
  final Map<String, SimRole> roles = new ConcurrentHashMap<>();
  final Map<String, OidcTokens.Provider> oidcProviders = new ConcurrentHashMap<>();
  final Map<String, Personal> personalInstances = new ConcurrentHashMap<>();
  final OidcTokens oidcTokens = new OidcTokens();
  final Sessions sessions = new Sessions(accessKeys);
  final Tokens tokens = new Tokens();
  final Faults faults = new Faults();

  volatile MetadataService metadata;
  volatile QpsLimit qps = new QpsLimit(Double.MAX_VALUE);
  volatile Clock clock = Clock.systemUTC();
  volatile Duration clockSkew = Duration.ZERO;
  volatile Duration tokenLifetime = Duration.ofHours(1);
  volatile Duration latency = Duration.ZERO;
  volatile int instanceNotExistStatus = 404;

  /** The server's clock. */
  Instant now() {
    return clock.instant().plus(clockSkew);
  }

  Optional<AccessKey> accessKey(String id) {
    return Optional.ofNullable(accessKeys.get(id));
  }

  SimAccount account(String uid) {
    return known(accounts, uid);
  }

  SimRole role(String arn) {
    return known(roles, arn);
  }

  /** What an account's RAM user (by uid) or a role (by ARN) may do. */
  Grants grants(String principal) {
    return principal.startsWith("acs:") ? role(principal).grants() : account(principal).grants();
  }

  /** A token got with temporary credentials dies with them (ACR API, GetAuthorizationToken). */
  Duration tokenLife(AccessKey key) {
    if (key.session() == null) {
      return tokenLifetime;
    }
    var left = Duration.between(now(), key.session().expiresAt());
    return left.compareTo(tokenLifetime) < 0 ? left : tokenLifetime;
  }

  SimInstance instance(String id) {
    return known(instances, id);
  }

  static <T> T known(Map<String, T> map, String key) {
    return Optional.ofNullable(map.get(key))
        .orElseThrow(() -> new IllegalArgumentException("not in this simulator: " + key));
  }
}
