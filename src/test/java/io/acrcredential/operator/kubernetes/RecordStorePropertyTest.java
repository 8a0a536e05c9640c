// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static java.util.stream.IntStream.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.informers.impl.cache.CacheImpl;
import io.fabric8.kubernetes.client.informers.impl.cache.ProcessorStore;
import io.fabric8.kubernetes.client.informers.impl.cache.SharedProcessor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Compares the cache with a model of the API server: writes by the operator and by others happen in
 * one order, the watch reports them late in that order, and replies to the operator's writes come
 * in any order. Watch events go through the store of the real informer.
 */
class RecordStorePropertyTest {

  /** The next step; {@code n} selects a key or a pending reply. */
  private record Step(Kind kind, int n) {}

  private enum Kind {
    OUR_WRITE,
    OUR_DELETE,
    THEIR_WRITE,
    THEIR_DELETE,
    REPLY,
    WATCH,
    WATCH_ALL,
    RELIST,
    RESTORE
  }

  private static final List<String> KEYS = List.of("a/one", "a/two", "b/one");

  private static final class ClusterModel {
    final RecordStore<ServiceAccount, ObservedServiceAccount> store =
        new ClusterCache("ours").serviceAccounts;
    final ProcessorStore<ServiceAccount> informer = informer(store);

    long version = 10;
    final Map<String, Long> objects = new TreeMap<>();

    /** Pending watch events, in order. */
    final Deque<Runnable> events = new ArrayDeque<>();

    /** Pending replies, in no order. */
    final List<Runnable> replies = new ArrayList<>();

    Map<String, Long> snapshot = Map.of();
    long snapshotVersion = 10;

    void run(Step step) {
      String key = KEYS.get(step.n() % KEYS.size());
      switch (step.kind()) {
        case OUR_WRITE -> {
          ServiceAccount written = write(key);
          replies.add(() -> store.applyReply(written));
        }
        case THEIR_WRITE -> write(key);
        case OUR_DELETE -> {
          Long observed = objects.get(key);
          if (observed != null) {
            delete(key);
            replies.add(() -> replyToDelete(key, observed));
          }
        }
        case THEIR_DELETE -> delete(key);
        case REPLY -> {
          if (!replies.isEmpty()) {
            replies.remove(step.n() % replies.size()).run();
          }
        }
        case WATCH -> watch(1);
        case WATCH_ALL -> watch(events.size());
        case RELIST -> {
          snapshot = new TreeMap<>(objects);
          snapshotVersion = version;
          relist();
        }
        case RESTORE -> {
          // A write that was undone before any report of it is not visible.
          watch(events.size());
          replies.forEach(Runnable::run);
          replies.clear();
          objects.clear();
          objects.putAll(snapshot);
          version = snapshotVersion;
          write(KEYS.get(0)); // the restored cluster has later writes
          relist();
        }
      }
    }

    private void replyToDelete(String key, long version) {
      store.applyDeletion(
          namespace(key), name(key), ObservedServiceAccount.of(account(key, version)));
    }

    private ServiceAccount write(String key) {
      ServiceAccount object = account(key, ++version);
      objects.put(key, version);
      events.add(() -> informer.update(object));
      return object;
    }

    private void delete(String key) {
      if (objects.remove(key) != null) {
        ServiceAccount last = account(key, ++version);
        events.add(() -> informer.delete(last));
      }
    }

    private void watch(int events) {
      for (int i = 0; i < events && !this.events.isEmpty(); i++) {
        this.events.remove().run();
      }
    }

    /** Does what {@code Reflector} does; pending watch events are lost. */
    private void relist() {
      events.clear();
      List<ServiceAccount> items =
          objects.entrySet().stream().map(e -> account(e.getKey(), e.getValue())).toList();
      Set<String> keys = new HashSet<>();
      items.forEach(item -> keys.add(informer.getKey(item)));
      informer.update(items);
      informer.retainAll(keys, null);
    }

    private void settle() {
      while (!replies.isEmpty()) {
        replies.remove(replies.size() - 1).run();
      }
      watch(events.size());
    }

    private Map<String, Long> cached() {
      Map<String, Long> cached = new TreeMap<>();
      for (String key : KEYS) {
        ObservedServiceAccount record = store.get(namespace(key), name(key));
        if (record != null) {
          cached.put(key, Long.valueOf(record.resourceVersion()));
        }
      }
      return cached;
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return steps(
        Kind.OUR_WRITE,
        Kind.OUR_WRITE,
        Kind.OUR_DELETE,
        Kind.THEIR_WRITE,
        Kind.THEIR_DELETE,
        Kind.REPLY,
        Kind.REPLY,
        Kind.WATCH,
        Kind.WATCH,
        Kind.WATCH_ALL,
        Kind.RELIST);
  }

  @Provide
  Arbitrary<List<Step>> stepsWithRestores() {
    return steps(Kind.values());
  }

  private static Arbitrary<List<Step>> steps(Kind... kinds) {
    return Arbitraries.of(kinds)
        .flatMap(kind -> Arbitraries.integers().between(0, 11).map(n -> new Step(kind, n)))
        .list()
        .ofMaxSize(30);
  }

  @Property
  void equalsTheClusterAfterAllEventsAndReplies(@ForAll("steps") List<Step> steps) {
    // given
    ClusterModel model = new ClusterModel();

    // when
    steps.forEach(model::run);
    model.settle();

    // then
    assertThat(model.cached()).isEqualTo(model.objects);
  }

  /** A reply is late if the watch has reported a later version. */
  @Property
  void ignoresLateReplies(@ForAll("steps") List<Step> steps) {
    // given
    ClusterModel model = new ClusterModel();
    steps.forEach(model::run);
    model.write("c/other");
    model.watch(model.events.size());

    // when
    model.replies.forEach(Runnable::run);

    // then
    model.objects.remove("c/other");
    assertThat(model.cached()).isEqualTo(model.objects);
  }

  /** Only a list can set a key to an older version. */
  @Property
  void noWatchEventOrReplySetsAnOlderVersion(@ForAll("steps") List<Step> steps) {
    ClusterModel model = new ClusterModel();
    for (Step step : steps) {
      // given
      Map<String, Long> before = model.cached();

      // when
      model.run(step);

      // then
      if (step.kind() != Kind.RELIST) {
        model
            .cached()
            .forEach(
                (key, version) ->
                    assertThat(version).isGreaterThanOrEqualTo(before.getOrDefault(key, 0L)));
      }
    }
  }

  @Property
  void followsARestoredClusterAfterAList(@ForAll("stepsWithRestores") List<Step> steps) {
    // given
    ClusterModel model = new ClusterModel();
    steps.forEach(model::run);

    // when
    model.run(new Step(Kind.RESTORE, 0));

    // then
    model.watch(model.events.size());
    assertThat(model.cached()).isEqualTo(model.objects);

    // and later changes
    model.run(new Step(Kind.OUR_WRITE, 1));
    model.run(new Step(Kind.THEIR_DELETE, 2));
    model.settle();
    assertThat(model.cached()).isEqualTo(model.objects);
  }

  @Property
  void dropsTombstonesAfterAList(@ForAll("stepsWithRestores") List<Step> steps) {
    // given
    ClusterModel model = new ClusterModel();
    steps.forEach(model::run);
    model.settle();

    // when
    model.run(new Step(Kind.RELIST, 0));
    model.write("c/other");
    model.settle();

    // then
    assertThat(model.store.tombstones).isEmpty();
  }

  /** The reply to a write and the watch event of a later write, on two threads. */
  @Test
  @Timeout(120)
  void keepsTheNewerVersionOfTwoThreads() throws Exception {
    // Many labels make the creation of the record slow.
    ServiceAccount slow = account("a/one", 5);
    slow.getMetadata().setLabels(new HashMap<>());
    range(0, 100).forEach(n -> slow.getMetadata().getLabels().put("label-" + n, "x"));
    race(
        (store, informer) -> informer.update(account("a/one", 4)),
        (store, informer) -> store.applyReply(slow),
        (store, informer) -> informer.update(account("a/one", 6)),
        6L);
  }

  @Test
  @Timeout(120)
  void aReplyDoesNotRestoreAnObjectDeletedMeanwhile() throws Exception {
    race(
        (store, informer) -> store.applyReply(account("a/one", 5)),
        (store, informer) -> {
          informer.update(account("a/one", 5));
          informer.delete(account("a/one", 6));
        },
        null);
  }

  @Test
  @Timeout(120)
  void keepsAnObjectAddedWhileItsNamespaceBecomesEmpty() throws Exception {
    race(
        (store, informer) -> store.applyReply(account("a/one", 7)),
        (store, informer) -> {
          informer.update(account("a/two", 5));
          informer.delete(account("a/two", 6));
        },
        7L);
  }

  private interface Side {
    void run(
        RecordStore<ServiceAccount, ObservedServiceAccount> store,
        ProcessorStore<ServiceAccount> informer);
  }

  private static void race(Side one, Side other, Long expected) throws Exception {
    race((store, informer) -> {}, one, other, expected);
  }

  private static void race(Side before, Side one, Side other, Long expected) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Map<String, Integer> outcomes = new HashMap<>();
      CyclicBarrier barrier = new CyclicBarrier(2);
      // On a loaded machine, two threads that meet need milliseconds instead of microseconds.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      for (int run = 0; run < 10_000 && (run < 100 || System.nanoTime() - end < 0); run++) {
        RecordStore<ServiceAccount, ObservedServiceAccount> store =
            new ClusterCache("ours").serviceAccounts;
        ProcessorStore<ServiceAccount> informer = informer(store);
        before.run(store, informer);
        List<Future<?>> sides = new ArrayList<>();
        for (Side side : List.of(one, other)) {
          sides.add(
              threads.submit(
                  () -> {
                    barrier.await();
                    side.run(store, informer);
                    return null;
                  }));
        }
        for (Future<?> side : sides) {
          side.get(30, TimeUnit.SECONDS);
        }
        ObservedServiceAccount record = store.get("a", "one");
        outcomes.merge(record == null ? "none" : record.resourceVersion(), 1, Integer::sum);
      }
      assertThat(outcomes).containsOnlyKeys(expected == null ? "none" : expected.toString());
    } finally {
      threads.shutdownNow();
    }
  }

  private static ProcessorStore<ServiceAccount> informer(
      RecordStore<ServiceAccount, ObservedServiceAccount> store) {
    CacheImpl<ServiceAccount> cache = new CacheImpl<>();
    cache.removeIndexer(CacheImpl.NAMESPACE_INDEX);
    cache.setItemStore(store);
    return new ProcessorStore<>(cache, new SharedProcessor<>(Runnable::run, "test"));
  }

  private static ServiceAccount account(String key, long version) {
    return new ServiceAccountBuilder()
        .withNewMetadata()
        .withNamespace(namespace(key))
        .withName(name(key))
        .withResourceVersion(String.valueOf(version))
        .endMetadata()
        .build();
  }

  private static String namespace(String key) {
    return key.substring(0, key.indexOf('/'));
  }

  private static String name(String key) {
    return key.substring(key.indexOf('/') + 1);
  }
}
