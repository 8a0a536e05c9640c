package io.acrcredential.operator.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * An informer's cache that keeps a small record of each object, by namespace and name, and is
 * itself the view the engine works from. The informer is handed back objects that hold no more than
 * the record does: they must never be written.
 *
 * @param <T> the API's type
 * @param <R> what is kept of it
 */
final class PrunedStore<T extends HasMetadata, R> implements ItemStore<T> {

  private final Function<T, R> prune;
  private final Function<R, String> version;
  private final BiFunction<ObjectMeta, R, T> restore;
  private final Function<ObjectMeta, T> named;
  private final long page;
  private final Map<String, Map<String, R>> records = new ConcurrentHashMap<>();

  /**
   * @param version the resource version that the record keeps
   * @param restore an object with this metadata (name and namespace are set) and what the record
   *     knows, its resource version among it
   * @param named an object with this metadata and nothing else, as small as can be
   * @param page how many may be read at once, whole as they are then
   */
  PrunedStore(
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
  R get(String namespace, String name) {
    return in(namespace).get(name);
  }

  /** All of a namespace, by name; those without one are in the namespace "". */
  Map<String, R> in(String namespace) {
    return records.getOrDefault(namespace, Map.of());
  }

  /** Namespaces that hold any. */
  Iterable<String> namespaces() {
    return records.keySet();
  }

  /**
   * Takes in what a reply to a write of ours showed, before the watch tells it. What the watch
   * tells later of the time before is not news any more: see {@link #put}.
   */
  void seen(T object) {
    put(getKey(object), object);
  }

  /** A delete of ours was accepted. */
  void gone(String namespace, String name) {
    remove(key(namespace, name));
  }

  @Override
  public String getKey(T object) {
    return key(
        Objects.toString(object.getMetadata().getNamespace(), ""), object.getMetadata().getName());
  }

  private static String key(String namespace, String name) {
    return namespace + '/' + name;
  }

  @Override
  public T put(String key, T object) {
    R before = get(namespace(key), name(key));
    if (before == null
        || isNewer(object.getMetadata().getResourceVersion(), version.apply(before))) {
      records
          .computeIfAbsent(namespace(key), n -> new ConcurrentHashMap<>(4))
          .put(name(key), prune.apply(object));
    }
    return restored(key, before);
  }

  @Override
  public T remove(String key) {
    R[] removed = newSlot();
    records.computeIfPresent(
        namespace(key),
        (namespace, siblings) -> {
          removed[0] = siblings.remove(name(key));
          return siblings.isEmpty() ? null : siblings;
        });
    return restored(key, removed[0]);
  }

  @SuppressWarnings("unchecked")
  private R[] newSlot() {
    return (R[]) new Object[1];
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
    return records.entrySet().stream()
        .flatMap(
            e -> e.getValue().keySet().stream().map(name -> named.apply(names(e.getKey(), name))));
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

  /** Resource versions of one kind are comparable as numbers where they are numbers. */
  private static boolean isNewer(String version, String than) {
    try {
      return Long.parseLong(version) > Long.parseLong(than);
    } catch (NumberFormatException e) {
      return !Objects.equals(version, than);
    }
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
