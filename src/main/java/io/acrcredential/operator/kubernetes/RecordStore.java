package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * An informer's cache that keeps a small record of each object, by namespace and name, and is
 * itself the view the engine works from. The informer is handed back objects that hold no more than
 * the record does: they must never be written.
 *
 * <p>Two sources tell of an object. The informer tells of all changes, in the order of their
 * resource versions. The reply to a write of ours tells of that one change, ahead of the informer
 * or late. So the informer is right about everything up to the version that it has reached, and a
 * reply counts beyond that version only. A reply that is dropped is never missed: the informer has
 * told of that write, or tells of it next.
 *
 * @param <T> the API's type
 * @param <R> what is kept of it
 */
public final class RecordStore<T extends HasMetadata, R> implements ItemStore<T> {

  private final Function<T, R> prune;
  private final Function<R, String> version;
  private final BiFunction<ObjectMeta, R, T> restore;
  private final Function<ObjectMeta, T> named;
  private final long page;

  /** The version of what is not known to have one, or has one that is no number. */
  private static final long UNKNOWN = -1;

  /** Changed under the lock alone; read without. */
  private final Map<String, Map<String, R>> records = new ConcurrentHashMap<>();

  /**
   * Keys of objects that we deleted before the informer told of it, each with the version that we
   * deleted. Dropped once the informer is past that version, and after every list. Guarded by the
   * lock.
   */
  final Map<String, Long> tombstones = new HashMap<>();

  /** The highest version that the informer has told of. Guarded by the lock. */
  private long reached = UNKNOWN;

  /**
   * Whether the informer told of a list last. It has reached the version of that list, which is not
   * known here: the watch's next event is past it. Guarded by the lock.
   */
  private boolean listed;

  /** The key of the last object that came with a version, a deletion's too; else empty. */
  private String told = "";

  /**
   * The highest version of a list that has gone back behind {@link #reached}, as after etcd was
   * restored from a snapshot; {@link #UNKNOWN} where none has. Guarded by the lock.
   */
  private long rewound = UNKNOWN;

  private volatile Consumer<String> onChange = namespace -> {};

  /**
   * @param version the resource version that the record keeps
   * @param restore an object with this metadata (name and namespace are set) and what the record
   *     knows, its resource version among it
   * @param named an object with this metadata and nothing else, as small as can be
   * @param page how many may be read at once, whole as they are then
   */
  public RecordStore(
      Function<T, R> prune,
      Function<R, String> version,
      BiFunction<ObjectMeta, R, T> restore,
      Function<ObjectMeta, T> named,
      long page) {
    this.prune = prune;
    this.version = version;
    this.restore = restore;
    this.named = named;
    this.page = page;
  }

  /** How many objects may be read at once. */
  long page() {
    return page;
  }

  /** What is kept of the object; null = there is none. */
  public R get(String namespace, String name) {
    return in(namespace).get(name);
  }

  /** All of a namespace, by name; those without one are in the namespace "". */
  public Map<String, R> in(String namespace) {
    return records.getOrDefault(namespace, Map.of());
  }

  /** Namespaces that hold any. */
  public Iterable<String> namespaces() {
    return records.keySet();
  }

  /** Tells this of the namespace of every record that is new, changed or removed. */
  public void onChange(Consumer<String> then) {
    onChange = then;
  }

  /** Takes in what a reply to a request of ours showed, unless the informer knows better. */
  public void seen(T object) {
    R now = prune.apply(object);
    long version = number(now);
    String key = key(object);
    synchronized (this) {
      R before = record(key);
      boolean isNews =
          before == null
              ? version > reached && !listed && !isDeletedByUs(key, version)
              : version > number(before);
      if (isNews) {
        keep(key, now);
      }
    }
  }

  /**
   * A delete of ours was accepted, or a read found nothing.
   *
   * @param observed what was deleted, or was known before that read; a newer record stays. Null =
   *     nothing was known
   */
  public synchronized void gone(String namespace, String name, R observed) {
    String key = key(namespace, name);
    R before = record(key);
    if (before == null || observed == null || number(before) > number(observed)) {
      return;
    }
    forget(key);
    if (number(observed) >= reached) {
      tombstones.put(key, number(observed));
    }
  }

  /**
   * The informer asks for the key of each object it is told of before it puts or removes it, and
   * the version of a deletion is told nowhere else.
   */
  @Override
  public synchronized String getKey(T object) {
    String key = key(object);
    long version = number(object.getMetadata().getResourceVersion());
    told = version == UNKNOWN ? "" : key;
    if (version > reached) {
      reached = version;
      listed = false;
      tombstones.values().removeIf(deleted -> deleted < version);
    }
    return key;
  }

  private String key(T object) {
    return key(
        Objects.toString(object.getMetadata().getNamespace(), ""), object.getMetadata().getName());
  }

  private static String key(String namespace, String name) {
    return namespace + '/' + name;
  }

  @Override
  public T put(String key, T object) {
    R known = record(key);
    if (known != null && version.apply(known).equals(object.getMetadata().getResourceVersion())) {
      return restored(key, known);
    }
    R now = prune.apply(object);
    synchronized (this) {
      R before = record(key);
      if (before == null ? !isDeletedByUs(key, number(now)) : supersedes(now, before)) {
        keep(key, now);
        tombstones.remove(key);
      }
      return restored(key, before);
    }
  }

  /**
   * Whether the informer's word replaces the record. An older version does not replace a write of
   * ours that the informer has yet to reach. It replaces what the informer told before: versions go
   * back only when history does.
   */
  private boolean supersedes(R now, R before) {
    long version = number(now);
    if (version >= number(before)) {
      rewound = rewound == UNKNOWN ? UNKNOWN : Math.max(rewound, version);
      return true;
    }
    if (number(before) <= reached || rewound != UNKNOWN) {
      rewound = Math.max(rewound, version);
      return true;
    }
    return false;
  }

  /** What a list no longer has comes without a version; a watch's deletion has one. */
  @Override
  public synchronized T remove(String key) {
    R before = record(key);
    boolean ours = before != null && number(before) > reached && key.equals(told);
    if (before == null || ours) {
      return null;
    }
    forget(key);
    return restored(key, before);
  }

  private boolean isDeletedByUs(String key, long version) {
    return tombstones.getOrDefault(key, UNKNOWN) >= version;
  }

  private R record(String key) {
    return get(namespace(key), name(key));
  }

  private void keep(String key, R record) {
    String namespace = namespace(key);
    records.computeIfAbsent(namespace, n -> new ConcurrentHashMap<>(4)).put(name(key), record);
    onChange.accept(namespace);
  }

  private void forget(String key) {
    String namespace = namespace(key);
    records.computeIfPresent(
        namespace,
        (n, siblings) -> {
          siblings.remove(name(key));
          return siblings.isEmpty() ? null : siblings;
        });
    onChange.accept(namespace);
  }

  @Override
  public T get(String key) {
    return restored(key, get(namespace(key), name(key)));
  }

  @Override
  public Stream<String> keySet() {
    return records.entrySet().stream()
        .flatMap(e -> e.getValue().keySet().stream().map(name -> key(e.getKey(), name)));
  }

  /**
   * Objects that know their names and nothing else. The informer collects them all after every
   * list, to find those that are gone: restored, they would take more memory than all the records.
   */
  @Override
  public Stream<T> values() {
    endList();
    return records.entrySet().stream()
        .flatMap(
            e -> e.getValue().keySet().stream().map(name -> named.apply(names(e.getKey(), name))));
  }

  /** A list is complete. What it had of an object that we have deleted, the watch takes away. */
  private synchronized void endList() {
    listed = true;
    tombstones.clear();
    if (rewound != UNKNOWN) {
      reached = rewound;
      rewound = UNKNOWN;
    }
  }

  /** The constructors of the model make empty lists and maps of what is not given. */
  private static ObjectMeta names(String namespace, String name) {
    ObjectMeta meta =
        new ObjectMeta(
            null, null, null, null, null, null, null, null, null, name, null, null, null, null,
            null);
    meta.setNamespace(namespace.isEmpty() ? null : namespace);
    meta.setAdditionalProperties(null);
    return meta;
  }

  @Override
  public int size() {
    return records.values().stream().mapToInt(Map::size).sum();
  }

  @Override
  public boolean isFullState() {
    return false;
  }

  /** Resource versions of one kind are comparable as numbers. */
  private static long number(String version) {
    try {
      return version == null ? UNKNOWN : Long.parseLong(version);
    } catch (NumberFormatException e) {
      return UNKNOWN;
    }
  }

  private long number(R record) {
    return number(version.apply(record));
  }

  private T restored(String key, R record) {
    if (record == null) {
      return null;
    }
    String namespace = namespace(key);
    return restore.apply(
        new ObjectMetaBuilder()
            .withNamespace(namespace.isEmpty() ? null : namespace)
            .withName(name(key))
            .build(),
        record);
  }

  private static String namespace(String key) {
    return key.substring(0, key.indexOf('/'));
  }

  private static String name(String key) {
    return key.substring(key.indexOf('/') + 1);
  }
}
