// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * Recognizes text that belongs around a value, not into it: a whole manifest, or other keys of the
 * ConfigMap. YAML would attach such lines to the nearest item, and the keys would have no effect.
 */
final class PastedConfigMap {

  private static final Pattern MANIFEST =
      Pattern.compile("(?m)^[ \t{,\"]*+kind\"?[ \t]*+:[ \t]*+\"?ConfigMap\\b");

  private PastedConfigMap() {}

  /** What is wrong with the value of a documented key; empty if it holds no other key. */
  static Optional<String> problem(String key, String text) {
    if (MANIFEST.matcher(text).find()) {
      return Optional.of(
          key
              + " contains a whole ConfigMap; apply that text itself with kubectl apply -f, and write"
              + " here only the value of "
              + key);
    }
    SortedMap<Integer, String> keys = ConfigMapSchema.KEYS.keysByLine(text);
    if (!keys.isEmpty() && keys.get(keys.firstKey()).equals(key)) {
      keys = keys.tailMap(keys.firstKey() + 1); // repaired, because it labels its own value
    }
    return keys.isEmpty()
        ? Optional.empty()
        : Optional.of(
            key + ", line " + keys.firstKey() + ": " + misplaced(keys.get(keys.firstKey()), key));
  }

  /** The sentence about a key of the ConfigMap inside the value of another one. */
  static String misplaced(String found, String key) {
    return found
        + " is a key of the ConfigMap, not of "
        + key
        + "; write it beside "
        + key
        + ", not inside its value";
  }

  /** Whether the text, under a key that is not documented, holds a ConfigMap or its keys. */
  static boolean isIn(String text) {
    return MANIFEST.matcher(text).find() || !ConfigMapSchema.KEYS.keysByLine(text).isEmpty();
  }
}
