// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The cache of an informer that keeps a small record of each object, by namespace and name. The
 * operator reads its records. The informer gets back objects that hold no more than their record
 * does: they must never be written.
 *
 * <p>The cache has two inputs. The informer reports all changes in the order of their resource
 * versions. The reply to a write by this process reports that one change, before or after the
 * informer does. So the informer is right up to the version that it has reached, and a reply counts
 * only beyond that version. A reply that is dropped loses nothing: the informer has reported that
 * write, or reports it next.
 *
 * @param <T> the type of the API
 * @param <R> the type of the records
 */
public final class RecordStore<T extends HasMetadata, R> implements ItemStore<T> {

  private final Function<T, R> prune;
  private final Function<R, String> version;
  private final Function<ObjectMeta, T> named;
  private final BiConsumer<T, R> restore;
  private final long pageSize;

  /** The version of an object without a version, or with one that is not a number. */
  private static final long UNKNOWN = -1;

  private static final int UNKNOWN_LISTS = -1;

  /** By namespace, then name. Written only with the lock held; read without it. */
  private final Map<String, Map<String, R>> records = new ConcurrentHashMap<>();

  /**
   * Keys of objects that this process deleted before the informer reported it, with the deleted
   * version. Dropped once the informer is past that version, and after every list. Guarded by the
   * lock.
   */
  final Map<String, Long> tombstones = new HashMap<>();

  /** The highest version that the informer has reported. Guarded by the lock. */
  private long reached = UNKNOWN;

  /**
   * Whether the last report of the informer was a list. It has reached the version of that list,
   * which is unknown here: the next watch event is past it. Guarded by the lock.
   */
  private boolean listedLast;

  /**
   * The key of the last object that the informer reported with a version, including deletions;
   * empty if it had none.
   */
  private String lastVersionedKey = "";

  /**
   * The highest version of a list that is older than {@link #reached}, as after a restore of etcd
   * from a snapshot; {@link #UNKNOWN} if there is none. Guarded by the lock.
   */
  private long rewound = UNKNOWN;

  /** How many lists the informer has completed. Guarded by the lock. */
  private int lists;

  /** The highest version of the first list; until it is complete, it may have any version. */
  private volatile long firstList = Long.MAX_VALUE;

  private volatile Consumer<String> onChange = namespace -> {};

  /**
   * @param prune makes the record of an object
   * @param version the resource version in a record
   * @param named makes the smallest object with the given metadata
   * @param restore sets what the record has of an object, which already has its resource version
   * @param pageSize how many whole objects may be in memory at once during a list
   */
  public RecordStore(
      Function<T, R> prune,
      Function<R, String> version,
      Function<ObjectMeta, T> named,
      BiConsumer<T, R> restore,
      long pageSize) {
    this.prune = prune;
    this.version = version;
    this.named = named;
    this.restore = restore;
    this.pageSize = pageSize;
  }

  /** How many objects one page of a list may have. */
  long pageSize() {
    return pageSize;
  }

  /** The record of an object; null = the object does not exist. */
  public R get(String namespace, String name) {
    return inNamespace(namespace).get(name);
  }

  /** The records of a namespace, by name. Cluster-scoped objects are in the namespace "". */
  public Map<String, R> inNamespace(String namespace) {
    return records.getOrDefault(namespace, Map.of());
  }

  /** The namespaces that have records. */
  public Iterable<String> namespaces() {
    return records.keySet();
  }

  /**
   * Adds a listener, which gets the namespace of each record that is added, changed or removed.
   * Called before the informer starts.
   */
  public void onChange(Consumer<String> listener) {
    onChange = onChange.andThen(listener);
  }

  /** How many lists the informer has completed. */
  public synchronized int lists() {
    return lists;
  }

  /**
   * Takes the object in the reply to a request of this process, unless the informer is past it.
   *
   * <p>A new object is not taken right after a list, whose version is unknown here: it may be older
   * than the list, and be deleted in it. {@link #applyReply(HasMetadata, int)} takes it.
   */
  public void applyReply(T object) {
    applyReply(object, UNKNOWN_LISTS);
  }

  /**
   * Takes the object in the reply to a request of this process, unless the informer is past it.
   *
   * @param listsBefore {@link #lists} before the request was sent: if there was none since then,
   *     the reply is newer than the last one
   */
  public void applyReply(T object, int listsBefore) {
    String key = key(object);
    if (same(key, object) != null) {
      return;
    }
    R record = prune.apply(object);
    long version = number(record);
    synchronized (this) {
      R before = record(key);
      boolean isNewer =
          before == null
              ? version > reached
                  && !(listedLast && lists != listsBefore)
                  && !isTombstoned(key, version)
              : version > number(before);
      if (isNewer) {
        putRecord(key, record);
      }
    }
  }

  /**
   * Removes the record after this process deleted the object, or read that it does not exist.
   *
   * @param observed the deleted record, or the one known before the read; a newer one stays. Null =
   *     no record was known
   */
  public synchronized void applyDeletion(String namespace, String name, R observed) {
    String key = key(namespace, name);
    R before = record(key);
    if (before == null || observed == null || number(before) > number(observed)) {
      return;
    }
    removeRecord(key);
    if (number(observed) >= reached) {
      tombstones.put(key, number(observed));
    }
  }

  /**
   * The informer asks for the key of each object that it receives before it puts or removes it.
   * Nothing else gets the version of a deletion.
   */
  @Override
  public synchronized String getKey(T object) {
    String key = key(object);
    long version = number(object.getMetadata().getResourceVersion());
    lastVersionedKey = version == UNKNOWN ? "" : key;
    if (version > reached) {
      reached = version;
      listedLast = false;
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
    R same = same(key, object);
    if (same != null) {
      return restored(key, same);
    }
    R record = prune.apply(object);
    synchronized (this) {
      R before = record(key);
      if (before == null ? !isTombstoned(key, number(record)) : supersedes(record, before)) {
        putRecord(key, record);
        tombstones.remove(key);
      }
      return restored(key, before);
    }
  }

  /** The record of this version, of which none needs to be made; null = there is none. */
  private R same(String key, T object) {
    R record = record(key);
    String read = object.getMetadata().getResourceVersion();
    return record != null && Objects.equals(version.apply(record), read) ? record : null;
  }

  /**
   * Whether an object from the informer replaces the record. An older version does not replace the
   * reply to a write that the informer has yet to reach. It replaces what the informer reported
   * before: versions decrease only after a restore of etcd.
   */
  private boolean supersedes(R record, R before) {
    long version = number(record);
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

  /** The deletion in a watch event has a version; an object missing from a list has none. */
  @Override
  public synchronized T remove(String key) {
    R before = record(key);
    boolean isFromLaterReply =
        before != null && number(before) > reached && key.equals(lastVersionedKey);
    if (before == null || isFromLaterReply) {
      return null;
    }
    removeRecord(key);
    return restored(key, before);
  }

  private boolean isTombstoned(String key, long version) {
    return tombstones.getOrDefault(key, UNKNOWN) >= version;
  }

  private R record(String key) {
    return get(namespace(key), name(key));
  }

  private void putRecord(String key, R record) {
    String namespace = namespace(key);
    records.computeIfAbsent(namespace, n -> new ConcurrentHashMap<>(4)).put(name(key), record);
    onChange.accept(namespace);
  }

  private void removeRecord(String key) {
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
   * Objects with their names only. After every list the informer collects all of them to find those
   * that are missing from it: as restored objects they would take more memory than the records.
   */
  @Override
  public Stream<T> values() {
    endList();
    return records.entrySet().stream()
        .flatMap(
            e -> e.getValue().keySet().stream().map(name -> named.apply(names(e.getKey(), name))));
  }

  /** A list is complete. The watch removes an object that the list still had after its deletion. */
  private synchronized void endList() {
    lists++;
    listedLast = true;
    tombstones.clear();
    if (rewound != UNKNOWN) {
      reached = rewound;
      rewound = UNKNOWN;
      if (firstList != Long.MAX_VALUE) {
        firstList = UNKNOWN;
      }
    }
  }

  /** The first list is complete, and the watch from there has begun. */
  public synchronized void endFirstList() {
    firstList = reached;
  }

  /**
   * Whether an object that the informer reports existed before this process watched. The reports of
   * a list are delivered later than the list is complete.
   */
  public boolean isFromFirstList(T reported) {
    return number(reported.getMetadata().getResourceVersion()) <= firstList;
  }

  /** Avoids the empty lists and maps that the other constructors of the model create. */
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

  /** The API server makes resource versions of one resource comparable as numbers. */
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
    T object = named.apply(names(namespace(key), name(key)));
    object.getMetadata().setResourceVersion(version.apply(record));
    restore.accept(object, record);
    return object;
  }

  private static String namespace(String key) {
    return key.substring(0, key.indexOf('/'));
  }

  private static String name(String key) {
    return key.substring(key.indexOf('/') + 1);
  }
}
