// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a ConfigMap contains, ordered by key, so that findings have a stable order.
 *
 * @param texts {@code data}; a value that is null in the manifest is an empty text
 * @param binaryKeys the keys of {@code binaryData}
 */
record ConfigMapContent(SortedMap<String, String> texts, SortedSet<String> binaryKeys) {

  /** Both arguments may be null. */
  static ConfigMapContent of(Map<String, String> data, Collection<String> binaryKeys) {
    SortedMap<String, String> texts = new TreeMap<>();
    if (data != null) {
      data.forEach((key, text) -> texts.put(key, text == null ? "" : text));
    }
    return new ConfigMapContent(
        texts, binaryKeys == null ? new TreeSet<>() : new TreeSet<>(binaryKeys));
  }
}
