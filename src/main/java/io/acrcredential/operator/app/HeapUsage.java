// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Warns while the process still works that its heap is too small for the cluster: if the part of it
 * that is in use after a garbage collection stays above 80 % of the maximum.
 */
final class HeapUsage {

  private static final Logger LOG = Logger.getLogger(HeapUsage.class);
  private static final double HIGH = 0.8;

  /** In a native image garbage of the old generation counts until the next full collection. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final int MIB = 1024 * 1024;

  private final LongSupplier live;
  private final long max;
  private final LongSupplier nanoTime;

  /** Null = it is not high. */
  private Long highSince;

  private boolean warned;

  HeapUsage() {
    this(HeapUsage::afterCollection, Runtime.getRuntime().maxMemory(), System::nanoTime);
  }

  /**
   * @param live bytes in use after the last garbage collection
   * @param max bytes
   */
  HeapUsage(LongSupplier live, long max, LongSupplier nanoTime) {
    this.live = live;
    this.max = max;
    this.nanoTime = nanoTime;
  }

  private static long afterCollection() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getCollectionUsage)
        .mapToLong(usage -> usage == null ? 0 : usage.getUsed())
        .sum();
  }

  /** In use after the last garbage collection, from 0 to 1 of the maximum; 0 before the first. */
  double ratio() {
    return (double) live.getAsLong() / max;
  }

  /** Logs a warning once each time that the heap has been nearly full for a while. */
  void check() {
    warning().ifPresent(LOG::warn);
  }

  /** The warning, once each time that the heap has been nearly full for a while. */
  Optional<String> warning() {
    long used = live.getAsLong();
    if (used <= HIGH * max) {
      highSince = null;
      warned = false;
      return Optional.empty();
    }
    long now = nanoTime.getAsLong();
    if (highSince == null) {
      highSince = now;
    }
    if (warned || now - highSince < PATIENCE.toNanos()) {
      return Optional.empty();
    }
    warned = true;
    return Optional.of(
        ("%d MiB of the heap of %d MiB are in use after garbage collection (%d %%):"
                + " raise the memory limit of the container")
            .formatted(used / MIB, max / MIB, Math.round(100.0 * used / max)));
  }
}
