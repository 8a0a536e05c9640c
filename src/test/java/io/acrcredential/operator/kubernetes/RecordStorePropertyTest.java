package io.acrcredential.operator.kubernetes;

import static java.util.stream.IntStream.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.sync.ClusterCache;
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
 * The cache against a model of the API server: writes of ours and of others happen in one order,
 * the watch tells of them in that order but late, and replies to our own writes come in any order.
 * The watch goes through the informer's own store, so that its use of the cache is what is tested.
 */
class RecordStorePropertyTest {

  /** What happens next; {@code n} chooses among the keys or among what is under way. */
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

  private static final class World {
    final RecordStore<ServiceAccount, ObservedServiceAccount> store =
        new ClusterCache("ours").serviceAccounts;
    final ProcessorStore<ServiceAccount> informer = informer(store);

    long version = 10;
    final Map<String, Long> objects = new TreeMap<>();

    /** Told by the watch when their turn comes. */
    final Deque<Runnable> events = new ArrayDeque<>();

    /** Under way to us, in no order. */
    final List<Runnable> replies = new ArrayList<>();

    Map<String, Long> snapshot = Map.of();
    long snapshotVersion = 10;

    void run(Step step) {
      String key = KEYS.get(step.n() % KEYS.size());
      switch (step.kind()) {
        case OUR_WRITE -> {
          ServiceAccount written = written(key);
          replies.add(() -> store.seen(written));
        }
        case THEIR_WRITE -> written(key);
        case OUR_DELETE -> {
          Long observed = objects.get(key);
          if (observed != null) {
            deleted(key);
            replies.add(() -> gone(key, observed));
          }
        }
        case THEIR_DELETE -> deleted(key);
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
          // Of a write that nobody had heard of before, nobody can tell that it is undone.
          watch(events.size());
          replies.forEach(Runnable::run);
          replies.clear();
          objects.clear();
          objects.putAll(snapshot);
          version = snapshotVersion;
          written(KEYS.get(0)); // something goes on in the restored cluster
          relist();
        }
      }
    }

    private void gone(String key, long version) {
      store.gone(namespace(key), name(key), ObservedServiceAccount.of(account(key, version)));
    }

    private ServiceAccount written(String key) {
      ServiceAccount object = account(key, ++version);
      objects.put(key, version);
      events.add(() -> informer.update(object));
      return object;
    }

    private void deleted(String key) {
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

    /** As {@code Reflector} does; what the watch had not told yet, it never will. */
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

    private Map<String, Long> seen() {
      Map<String, Long> seen = new TreeMap<>();
      for (String key : KEYS) {
        ObservedServiceAccount record = store.get(namespace(key), name(key));
        if (record != null) {
          seen.put(key, Long.valueOf(record.resourceVersion()));
        }
      }
      return seen;
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
  void whenAllHasBeenToldTheCacheHoldsWhatTheClusterHolds(@ForAll("steps") List<Step> steps) {
    // given
    World world = new World();

    // when
    steps.forEach(world::run);
    world.settle();

    // then
    assertThat(world.seen()).isEqualTo(world.objects);
  }

  /** Once the watch has told of the latest version, no late reply changes anything. */
  @Property
  void lateRepliesChangeNothing(@ForAll("steps") List<Step> steps) {
    // given
    World world = new World();
    steps.forEach(world::run);
    world.written("c/other");
    world.watch(world.events.size());

    // when
    world.replies.forEach(Runnable::run);

    // then
    world.objects.remove("c/other");
    assertThat(world.seen()).isEqualTo(world.objects);
  }

  /** A key's version goes back only when a list says so. */
  @Property
  void neitherAWatchEventNorAReplyTakesAKeyBack(@ForAll("steps") List<Step> steps) {
    World world = new World();
    for (Step step : steps) {
      // given
      Map<String, Long> before = world.seen();

      // when
      world.run(step);

      // then
      if (step.kind() != Kind.RELIST) {
        world
            .seen()
            .forEach(
                (key, version) ->
                    assertThat(version).isGreaterThanOrEqualTo(before.getOrDefault(key, 0L)));
      }
    }
  }

  @Property
  void aListOfARestoredClusterWins(@ForAll("stepsWithRestores") List<Step> steps) {
    // given
    World world = new World();
    steps.forEach(world::run);

    // when
    world.run(new Step(Kind.RESTORE, 0));

    // then
    world.watch(world.events.size());
    assertThat(world.seen()).isEqualTo(world.objects);

    // and it is followed as any other
    world.run(new Step(Kind.OUR_WRITE, 1));
    world.run(new Step(Kind.THEIR_DELETE, 2));
    world.settle();
    assertThat(world.seen()).isEqualTo(world.objects);
  }

  @Property
  void nothingIsRememberedOfWhatIsOver(@ForAll("stepsWithRestores") List<Step> steps) {
    // given
    World world = new World();
    steps.forEach(world::run);
    world.settle();

    // when
    world.run(new Step(Kind.RELIST, 0));
    world.written("c/other");
    world.settle();

    // then
    assertThat(world.store.tombstones).isEmpty();
  }

  /** The reply to a write and the watch's event of a later one, on two threads. */
  @Test
  @Timeout(60)
  void theNewerOfTwoThreadsWins() throws Exception {
    // The record of an object with many labels takes a while to make.
    ServiceAccount slow = account("a/one", 5);
    slow.getMetadata().setLabels(new HashMap<>());
    range(0, 100).forEach(n -> slow.getMetadata().getLabels().put("label-" + n, "x"));
    race(
        (store, informer) -> informer.update(account("a/one", 4)),
        (store, informer) -> store.seen(slow),
        (store, informer) -> informer.update(account("a/one", 6)),
        6L);
  }

  @Test
  @Timeout(60)
  void aReplyDoesNotBringBackWhatTheWatchRemovesMeanwhile() throws Exception {
    race(
        (store, informer) -> store.seen(account("a/one", 5)),
        (store, informer) -> {
          informer.update(account("a/one", 5));
          informer.delete(account("a/one", 6));
        },
        null);
  }

  @Test
  @Timeout(60)
  void aNamespaceThatIsEmptiedWhileAnotherObjectComesLosesNothing() throws Exception {
    race(
        (store, informer) -> store.seen(account("a/one", 7)),
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
      for (int run = 0; run < 10_000; run++) {
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
