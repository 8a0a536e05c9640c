// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import java.util.Map;

/**
 * Which fields of a JSON value are kept. The mask of an array is that of its elements.
 *
 * @param fields by name; null = all
 * @param prefix all fields whose name starts with it are kept too; null = none
 * @param fieldLimit the size of a field with this mask above which it is dropped; 0 = none
 * @param elementLimit the size of an element of an array with this mask above which it is dropped;
 *     0 = none. A size is that in memory: the characters, and {@link #OVERHEAD} for each name and
 *     value
 */
record FieldMask(Map<String, FieldMask> fields, String prefix, int fieldLimit, int elementLimit) {

  /** Bytes of the objects in which Java keeps a short string of a map. */
  static final int OVERHEAD = 64;

  /** Keeps everything. */
  static final FieldMask ALL = new FieldMask(null, null, 0, 0);

  /** Keeps these fields. */
  static FieldMask of(Map<String, FieldMask> fields) {
    return new FieldMask(Map.copyOf(fields), null, 0, 0);
  }

  /** Keeps the fields whose name starts with the prefix. */
  static FieldMask ofPrefix(String prefix) {
    return new FieldMask(Map.of(), prefix, 0, 0);
  }

  FieldMask limitField(int limit) {
    return new FieldMask(fields, prefix, limit, elementLimit);
  }

  FieldMask limitElements(int limit) {
    return new FieldMask(fields, prefix, fieldLimit, limit);
  }

  /** The mask of a field; null = the field is dropped. */
  FieldMask field(String name) {
    if (fields == null || prefix != null && name.startsWith(prefix)) {
      return ALL;
    }
    return fields.get(name);
  }
}
