// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the permitted writes to the API server, by kind and verb. */
final class WriteCounters {

  private record Key(String kind, String verb) {}

  private final MeterRegistry meters;
  private final Map<Key, Counter> counters = new ConcurrentHashMap<>();

  WriteCounters(MeterRegistry meters) {
    this.meters = meters;
  }

  void count(String kind, String verb) {
    counters.computeIfAbsent(new Key(kind, verb), this::counter).increment();
  }

  private Counter counter(Key key) {
    return meters.counter("acr_kubernetes_writes", "kind", key.kind(), "verb", key.verb());
  }
}
