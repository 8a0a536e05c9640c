// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeapUsageTest {

  private static final long MIB = 1024 * 1024;

  private final AtomicLong live = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong(-5); // nanoTime may be anything
  private final HeapUsage heap = new HeapUsage(live::get, 200 * MIB, nanos::get);

  @Test
  void warnsOnceWhenItStaysAboveEightyPercent() {
    // given
    live.set(165 * MIB);

    // when
    assertThat(heap.warning()).as("at first").isEmpty();
    nanos.addAndGet(HeapUsage.PATIENCE.toNanos() - 1);
    assertThat(heap.warning()).as("soon").isEmpty();
    nanos.incrementAndGet();

    // then
    assertThat(heap.warning())
        .contains(
            "165 MiB of the heap of 200 MiB are in use after garbage collection (83 %):"
                + " raise the memory limit of the container");
    assertThat(heap.warning()).as("once").isEmpty();
    assertThat(heap.ratio()).isEqualTo(0.825);
  }

  @Test
  void doesNotWarnIfACollectionFreesMemoryMeanwhile() {
    // given
    live.set(165 * MIB);
    heap.warning();

    // when
    live.set(160 * MIB);
    heap.warning();
    live.set(165 * MIB);
    heap.warning();
    nanos.addAndGet(HeapUsage.PATIENCE.toNanos() - 1);

    // then
    assertThat(heap.warning()).isEmpty();
  }

  /** The old generation counts after a full collection, which this test causes. */
  @Test
  void readsWhatIsInUseAfterACollection() {
    // given
    HeapUsage own = new HeapUsage();
    byte[] kept = new byte[(int) (20 * MIB)];

    // when
    System.gc();

    // then
    assertThat(own.ratio() * Runtime.getRuntime().maxMemory()).isGreaterThan(kept.length);
    assertThat(own.ratio()).isLessThan(1);
  }
}
