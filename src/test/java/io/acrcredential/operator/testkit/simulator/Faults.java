// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** The faults in force. The first injected one that fits a call strikes it. */
final class Faults {

  /** A fault in force, until {@code cleared} opens. */
  record Armed(Fault fault, AtomicInteger left, CountDownLatch cleared) {}

  private final List<Armed> armed = new CopyOnWriteArrayList<>();

  void inject(Fault fault) {
    armed.add(new Armed(fault, new AtomicInteger(fault.times()), new CountDownLatch(1)));
  }

  Optional<Armed> strike(String region, String api, String instanceId) {
    return armed.stream()
        .filter(one -> one.fault().strikes(region, api, instanceId))
        .filter(one -> one.left().getAndUpdate(left -> Math.max(0, left - 1)) > 0)
        .findFirst();
  }

  void clear() {
    var cleared = List.copyOf(armed);
    armed.removeAll(cleared);
    cleared.forEach(one -> one.cleared().countDown());
  }
}
