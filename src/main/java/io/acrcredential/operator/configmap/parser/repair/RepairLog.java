// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which repairs a parse may use, and where it used them. */
public final class RepairLog {

  /** The repairs of values that are not YAML. */
  private static final Set<Repair> OF_PLAIN_TEXT =
      EnumSet.of(
          Repair.LINE_ENDS,
          Repair.INVISIBLE,
          Repair.FULL_WIDTH,
          Repair.SMART_QUOTES,
          Repair.TABS,
          Repair.SLASH_COMMENT);

  private final Set<Repair> allowed;

  /** The ConfigMap's key → repair → lines. */
  private final Map<String, Map<Repair, SortedSet<Integer>>> used = new TreeMap<>();

  public RepairLog(Set<Repair> allowed) {
    this.allowed = allowed;
  }

  public boolean isAllowed(Repair repair) {
    return allowed.contains(repair);
  }

  /** Whether this repair is allowed. If it is, the log records that it is used at this line. */
  public boolean tryUse(Repair repair, String key, int line) {
    boolean isAllowed = isAllowed(repair);
    if (isAllowed) {
      lines(key, repair).add(line);
    }
    return isAllowed;
  }

  public Map<String, Map<Repair, SortedSet<Integer>>> used() {
    return used;
  }

  public Set<Repair> usedAnywhere() {
    Set<Repair> all = EnumSet.noneOf(Repair.class);
    used.values().forEach(of -> all.addAll(of.keySet()));
    return all;
  }

  /** Applies all allowed repairs of text, and records the lines that they change. */
  public String apply(String key, String text, KeySchema schema) {
    String repaired = text;
    for (Repair repair : allowed) {
      if (schema != KeySchema.NONE || OF_PLAIN_TEXT.contains(repair)) {
        String before = repaired;
        repaired = repair.apply(before, schema);
        if (!repaired.equals(before)) {
          record(key, repair, before.split("\n", -1), repaired.split("\n", -1));
        }
      }
    }
    return repaired;
  }

  private void record(String key, Repair repair, String[] before, String[] after) {
    SortedSet<Integer> lines = lines(key, repair);
    for (int i = 0; i < after.length; i++) {
      if (i >= before.length || !after[i].equals(before[i])) {
        lines.add(i + 1);
      }
    }
  }

  private SortedSet<Integer> lines(String key, Repair repair) {
    return used.computeIfAbsent(key, k -> new EnumMap<>(Repair.class))
        .computeIfAbsent(repair, r -> new TreeSet<>());
  }
}
