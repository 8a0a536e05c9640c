// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.queue;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Predicate;

/**
 * The keys of one priority. Namespaces take turns; the keys of a namespace keep their order. Not
 * thread-safe.
 */
final class NamespaceTurns<K> {

  /** Most namespaces have a single key. */
  private static final int FEW = 1;

  /** By namespace, the next turn first. None is empty. */
  private final Map<String, Queue<K>> byNamespace = new LinkedHashMap<>();

  void add(String namespace, K key) {
    byNamespace.computeIfAbsent(namespace, n -> new ArrayDeque<>(FEW)).add(key);
  }

  /**
   * Removes the next key of a namespace whose turn it is; null = there is none.
   *
   * @param namespaces which ones may have a turn now
   * @param current whether a key is still wanted; others are dropped
   */
  K poll(Predicate<String> namespaces, Predicate<K> current) {
    Iterator<Map.Entry<String, Queue<K>>> turns = byNamespace.entrySet().iterator();
    while (turns.hasNext()) {
      Map.Entry<String, Queue<K>> turn = turns.next();
      String namespace = turn.getKey();
      Queue<K> keys = turn.getValue();
      while (!keys.isEmpty() && !current.test(keys.peek())) {
        keys.remove();
      }
      if (keys.isEmpty()) {
        turns.remove();
      } else if (namespaces.test(namespace)) {
        turns.remove();
        K key = keys.remove();
        if (!keys.isEmpty()) {
          byNamespace.put(namespace, keys);
        }
        return key;
      }
    }
    return null;
  }
}
