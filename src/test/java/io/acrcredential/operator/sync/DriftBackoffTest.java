// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.queue.WorkItem;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DriftBackoffTest {

  private final AtomicLong nanos = new AtomicLong();
  private final DriftBackoff driftBackoff = new DriftBackoff(nanos::get);

  @Test
  void restoresTheFirstRoundsImmediatelyThenWithGrowingDelay() {
    // when
    List<Long> waits = new ArrayList<>();
    for (int round = 0; round < 40; round++) {
      waits.add(driftBackoff.onReverted(bind("ns", "app")).toSeconds());
    }

    // then
    assertThat(waits.subList(0, 13))
        .containsExactly(0L, 0L, 0L, 0L, 0L, 1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
    assertThat(waits.subList(13, 40)).containsOnly(60L);
  }

  @Test
  void countsDriftPerNamespace() {
    // given
    for (int round = 0; round < 20; round++) {
      driftBackoff.onReverted(bind("drifting", "app"));
    }

    // then
    assertThat(driftBackoff.onReverted(bind("quiet", "app"))).isZero();
    assertThat(driftBackoff.onReverted(bind("drifting", "app"))).isPositive();
  }

  @Test
  void resetsAfterAQuietPeriod() {
    // given
    for (int round = 0; round < 20; round++) {
      driftBackoff.onReverted(bind("ns", "app"));
    }

    // when / then
    nanos.addAndGet(Duration.ofMinutes(10).toNanos());
    assertThat(driftBackoff.onReverted(bind("ns", "app"))).isPositive();
    nanos.addAndGet(Duration.ofMinutes(10).toNanos() + 1);
    assertThat(driftBackoff.onReverted(bind("ns", "app"))).isZero();
  }

  @Test
  void removesQuietNamespaces() {
    // given
    WorkItem undone = bind("ns", "app");
    WeakReference<WorkItem> remembered = new WeakReference<>(undone);
    driftBackoff.onReverted(undone);
    undone = null;

    // when
    nanos.addAndGet(Duration.ofMinutes(10).toNanos() + 1);
    driftBackoff.onReverted(bind("another", "app"));

    // then
    await()
        .until(
            () -> {
              System.gc();
              return remembered.get() == null;
            });
  }

  @Test
  void countsManyDriftedObjectsAsOneRound() {
    for (int i = 0; i < 100; i++) {
      assertThat(driftBackoff.onReverted(bind("ns", "app-" + i))).isZero();
    }
  }

  @Test
  void doesNotShortenTheDelayOnAnotherChange() {
    // given
    assertThat(driftBackoff.remainingWait("ns")).isZero();
    for (int round = 0; round < 8; round++) {
      driftBackoff.onReverted(bind("ns", "app"));
    }

    // when / then
    assertThat(driftBackoff.remainingWait("ns")).hasSeconds(4);
    nanos.addAndGet(Duration.ofSeconds(3).toNanos());
    assertThat(driftBackoff.remainingWait("ns")).hasSeconds(1);
    nanos.addAndGet(Duration.ofSeconds(3).toNanos());
    assertThat(driftBackoff.remainingWait("ns")).isZero();
  }

  private static WorkItem bind(String namespace, String name) {
    return new WorkItem.Bind(namespace, name);
  }
}
