// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.Awaits;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkControlTest {

  private final AtomicInteger exits = new AtomicInteger();
  private final AtomicInteger lists = new AtomicInteger();
  private final RecordingWork work = new RecordingWork();
  private final WorkControl control =
      new WorkControl(work, lists::incrementAndGet, exits::incrementAndGet);

  @AfterEach
  void stop() {
    control.close();
  }

  @Test
  void worksAgainInTheSameProcessAfterTheLeaseWasLost() {
    // given
    control.start();
    control.onStartedLeading();
    Awaits.soon().until(control::isWorking);

    // when
    control.onStoppedLeading("gone");

    // then
    assertThat(control.isWorking()).isFalse();
    assertThat(work.calls).containsSubsequence("afterOpen", "suspend");
    Awaits.soon().until(() -> work.calls.contains("release"));

    // when
    control.onStartedLeading();

    // then
    Awaits.soon().until(control::isWorking);
    assertThat(work.calls)
        .containsSubsequence(
            "prepare", "open", "afterOpen", "suspend", "release", "prepare", "open");
  }

  @Test
  void doesNotStartToWriteIfTheLeaseIsLostDuringThePreparation() {
    // given
    work.hold = new CountDownLatch(1);
    control.start();
    control.onStartedLeading();
    Awaits.soon().until(() -> work.calls.contains("prepare"));

    // when it is lost and gained again meanwhile
    control.onStoppedLeading("gone");
    control.onStartedLeading();
    work.hold.countDown();

    // then what was prepared before the loss is not used
    Awaits.soon().until(control::isWorking);
    assertThat(work.calls).containsSubsequence("prepare", "suspend", "release", "prepare", "open");
    assertThat(work.calls.indexOf("open")).isGreaterThan(work.calls.lastIndexOf("prepare"));
  }

  /** A large cluster takes seconds to list. */
  @Test
  void beginsToWriteBeforeEverythingIsKnown() {
    // given
    work.holdLists = new CountDownLatch(1);
    control.start();

    // when
    control.onStartedLeading();

    // then
    Awaits.soon().until(() -> work.calls.contains("complete"));
    assertThat(work.calls).containsExactly("prepare", "begin", "complete");
    assertThat(control.isWorking()).isFalse();

    // when
    work.holdLists.countDown();

    // then
    Awaits.soon().until(control::isWorking);
    assertThat(work.calls).startsWith("prepare", "begin", "complete", "open");
  }

  @Test
  void doesNotOpenIfTheLeaseIsLostBeforeEverythingIsKnown() {
    // given
    work.holdLists = new CountDownLatch(1);
    control.start();
    control.onStartedLeading();
    Awaits.soon().until(() -> work.calls.contains("complete"));

    // when
    control.onStoppedLeading("gone");
    work.holdLists.countDown();

    // then
    Awaits.soon().until(() -> work.calls.contains("release"));
    assertThat(work.calls).containsExactly("prepare", "begin", "complete", "suspend", "release");
  }

  @Test
  void interruptsAWaitOfThePreparation() {
    // given
    work.pause = Duration.ofHours(1);
    control.start();
    control.onStartedLeading();
    Awaits.soon().until(() -> work.calls.contains("prepare"));

    // when
    control.onStoppedLeading("gone");

    // then
    Awaits.soon().until(() -> work.calls.contains("release"));
    assertThat(work.calls).doesNotContain("open");
  }

  @Test
  void preparesAgainAfterItsTermWasEnded() {
    // given
    control.start();
    control.onStartedLeading();
    Awaits.soon().until(control::isWorking);

    // when another installation owns the pull Secrets
    work.term.end("another");

    // then
    assertThat(work.calls).contains("suspend");
    Awaits.soon().until(control::isWorking);
    assertThat(work.calls).filteredOn("prepare"::equals).hasSize(2);
  }

  @Test
  void opensNothingOnceClosed() {
    // given
    work.hold = new CountDownLatch(1);
    control.start();
    control.onStartedLeading();
    Awaits.soon().until(() -> work.calls.contains("prepare"));

    // when
    control.close();
    work.hold.countDown();

    // then
    Awaits.soon().until(() -> work.calls.contains("release"));
    assertThat(work.calls).doesNotContain("open");
    assertThat(control.isWorking()).isFalse();
  }

  @Test
  void endsTheProcessIfTrustIsLost() {
    // when
    control.onTrustLost("the certificate's CA is not trusted");

    // then
    assertThat(exits).hasValue(1);
  }

  @Test
  void listsAgainIfEtcdWasRestored() {
    // when
    control.onStoreRestored();

    // then
    assertThat(lists).hasValue(1);
    assertThat(exits).hasValue(0);
  }

  @Test
  void retriesAFailedPreparation() {
    // given
    work.failures.add(new KubernetesClientException("the API server restarts", 503, null));
    work.failures.add(new IllegalStateException("a defect"));

    // when
    control.start();
    control.onStartedLeading();

    // then
    Awaits.soon().until(control::isWorking);
    assertThat(work.calls).filteredOn("prepare"::equals).hasSize(3);
  }

  private static final class RecordingWork implements WorkControl.Work {
    final List<String> calls = new CopyOnWriteArrayList<>();
    final List<RuntimeException> failures = new CopyOnWriteArrayList<>();
    volatile CountDownLatch hold = new CountDownLatch(0);
    volatile CountDownLatch holdLists = new CountDownLatch(0);
    volatile Duration pause = Duration.ZERO;
    volatile WorkControl.Term term;

    @Override
    public void prepare(WorkControl.Term current) throws InterruptedException {
      calls.add("prepare");
      term = current;
      hold.await();
      current.pause(pause);
      if (!failures.isEmpty()) {
        throw failures.remove(0);
      }
    }

    @Override
    public void begin() {
      calls.add("begin");
    }

    @Override
    public void complete(WorkControl.Term current) throws InterruptedException {
      calls.add("complete");
      holdLists.await();
      current.check();
    }

    @Override
    public void open() {
      calls.add("open");
    }

    @Override
    public void suspend() {
      calls.add("suspend");
    }

    @Override
    public void afterOpen() {
      calls.add("afterOpen");
    }

    @Override
    public void release() {
      calls.add("release");
    }
  }
}
