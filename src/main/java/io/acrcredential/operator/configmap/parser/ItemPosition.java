// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import io.acrcredential.operator.configmap.parser.yaml.UnreadableException;

/**
 * Where an item is, for messages about it.
 *
 * @param where for people: {@code acr-registry-info, item 2 (line 4)}
 * @param line where the item begins, from 1
 * @param masked whether messages must not quote its values
 */
record ItemPosition(String where, int line, boolean masked) {

  UnreadableException unreadable(String problem) {
    return new UnreadableException(where + problem);
  }

  /** A value as a message may show it. */
  String shown(String value) {
    return masked ? "***" : TextMatching.quoted(value);
  }
}
