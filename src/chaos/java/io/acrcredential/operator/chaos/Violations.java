// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What must never happen, and has happened since they were taken last; each once. */
final class Violations {

  private final Set<String> found = new LinkedHashSet<>();

  synchronized void add(String violation) {
    if (found.add(violation)) {
      System.out.println("    VIOLATION: " + violation);
    }
  }

  synchronized List<String> take() {
    List<String> taken = new ArrayList<>(found);
    found.clear();
    return taken;
  }
}
