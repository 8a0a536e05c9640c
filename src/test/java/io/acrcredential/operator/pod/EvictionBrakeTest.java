// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvictionBrakeTest {

  private static final String NS = "team";
  private static final Optional<Duration> NOW = Optional.of(Duration.ZERO);
  private static final Optional<Duration> LATER = Optional.of(EvictionBrake.HOLD);

  private final AtomicLong nanos = new AtomicLong();
  private final EvictionBrake brake = new EvictionBrake(nanos::get);

  @Test
  void evictsSoManyPodsOfAControllerAtATime() {
    // given
    Set<String> pods = uids("web", 50);
    brake.observe(NS, pods, pods);

    // when
    Set<String> evicted = evictAll("web", pods);

    // then
    assertThat(evicted).hasSize(EvictionBrake.PER_CONTROLLER);

    // when the hold is over, but the pods are still there
    pass(EvictionBrake.HOLD);
    brake.observe(NS, pods, pods);

    // then
    assertThat(evictAll("web", pods)).isEmpty();

    // when they are gone
    pods.removeAll(evicted);
    brake.observe(NS, pods, pods);

    // then
    assertThat(evictAll("web", pods)).hasSize(EvictionBrake.PER_CONTROLLER);
  }

  @Test
  void anEvictionIsInProgressForAWhileAlsoIfItsPodIsGone() {
    // given
    Set<String> pods = uids("web", 10);
    brake.observe(NS, pods, pods);
    pods.removeAll(evictAll("web", pods));

    // when
    pass(EvictionBrake.HOLD.minusMillis(1));
    brake.observe(NS, pods, pods);

    // then
    assertThat(evictAll("web", pods)).isEmpty();
    pass(Duration.ofMillis(1));
    brake.observe(NS, pods, pods);
    assertThat(evictAll("web", pods)).hasSize(5);
  }

  @Test
  void evictsSoManyPodsOfANamespaceAtATime() {
    // given
    Set<String> pods = new HashSet<>();
    for (String controller : Set.of("a", "b", "c")) {
      pods.addAll(uids(controller, 5));
    }
    brake.observe(NS, pods, pods);
    brake.observe("other", Set.of("x-0"), Set.of("x-0"));

    // when
    int evicted =
        Set.of("a", "b", "c").stream().mapToInt(each -> evictAll(each, uids(each, 5)).size()).sum();

    // then
    assertThat(evicted).isEqualTo(EvictionBrake.PER_NAMESPACE);
    assertThat(brake.waitFor("other", "x", "x-0")).isEqualTo(NOW);
  }

  @Test
  void doesNotEvictAPodTwiceWhileItsDeletionIsOnTheWay() {
    // given
    brake.observe(NS, Set.of("web-0"), Set.of("web-0"));
    brake.onEvicted(NS, "web", "web-0");

    // then
    assertThat(brake.waitFor(NS, "web", "web-0")).isEqualTo(LATER);
  }

  @Test
  void waitsLongerForSuccessorsAndGivesUp() {
    // given
    round("first");

    // when
    brake.observe(NS, Set.of("second"), Set.of("second"));

    // then
    assertThat(brake.waitFor(NS, "web", "second")).contains(Duration.ofSeconds(19));
    assertThat(brake.waitFor(NS, "other", "second")).isEqualTo(NOW);
    pass(Duration.ofSeconds(19));
    round("second");

    // when
    brake.observe(NS, Set.of("third"), Set.of("third"));

    // then
    assertThat(brake.waitFor(NS, "web", "third")).contains(Duration.ofSeconds(49));
    pass(Duration.ofSeconds(49));
    round("third");

    // when
    brake.observe(NS, Set.of("fourth"), Set.of("fourth"));

    // then
    assertThat(brake.waitFor(NS, "web", "fourth")).isEmpty();

    // when an hour has passed without an eviction
    pass(Duration.ofHours(1));
    brake.observe(NS, Set.of("fourth"), Set.of("fourth"));

    // then
    assertThat(brake.waitFor(NS, "web", "fourth")).isEqualTo(NOW);
  }

  @Test
  void podsThatWaitedBeforeTheFirstEvictionAreNoSuccessors() {
    // given
    Set<String> pods = uids("web", 20);
    brake.observe(NS, pods, pods);
    int rounds = 0;

    // when
    while (!pods.isEmpty()) {
      pods.removeAll(evictAll("web", pods));
      pass(EvictionBrake.HOLD);
      brake.observe(NS, pods, pods);
      rounds++;
    }

    // then
    assertThat(rounds).isEqualTo(4);
  }

  @Test
  void keepsNothingOfNamespacesWithoutSuchPods() {
    // given
    for (int i = 0; i < 100; i++) {
      brake.observe("ns" + i, Set.of("a"), Set.of("a"));
      brake.onEvicted("ns" + i, "web", "a");
      pass(EvictionBrake.HOLD);
      brake.observe("ns" + i, Set.of(), Set.of());
    }

    // when
    pass(Duration.ofMinutes(61));
    brake.observe("new", Set.of("a"), Set.of("a"));
    brake.onEvicted("new", "web", "a");

    // then
    assertThat(brake.size()).isEqualTo(1);
  }

  private void round(String uid) {
    brake.observe(NS, Set.of(uid), Set.of(uid));
    assertThat(brake.waitFor(NS, "web", uid)).isEqualTo(NOW);
    brake.onEvicted(NS, "web", uid);
    pass(EvictionBrake.HOLD.plusSeconds(1));
    brake.observe(NS, Set.of(), Set.of());
  }

  private Set<String> evictAll(String controller, Set<String> pods) {
    Set<String> evicted = new HashSet<>();
    for (String uid : pods) {
      if (brake.waitFor(NS, controller, uid).equals(NOW)) {
        brake.onEvicted(NS, controller, uid);
        evicted.add(uid);
      }
    }
    return evicted;
  }

  private static Set<String> uids(String controller, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> controller + "-" + i)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }
}
