package io.acrcredential.operator.testkit.simulator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** All that the simulated cloud holds; changes take effect at the next call. */
final class World {

  final Map<String, SimAccount> accounts = new ConcurrentHashMap<>();
  final Map<String, AccessKey> accessKeys = new ConcurrentHashMap<>();
  final Map<String, SimInstance> instances = new ConcurrentHashMap<>();
  final Set<String> regions = ConcurrentHashMap.newKeySet();
  final Map<String, Integer> ports = new ConcurrentHashMap<>();
  final Tokens tokens = new Tokens();
  final Faults faults = new Faults();

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

  SimInstance instance(String id) {
    return known(instances, id);
  }

  static <T> T known(Map<String, T> map, String key) {
    return Optional.ofNullable(map.get(key))
        .orElseThrow(() -> new IllegalArgumentException("not in this simulator: " + key));
  }
}
