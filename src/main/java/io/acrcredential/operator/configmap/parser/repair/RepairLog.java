package io.acrcredential.operator.configmap.parser.repair;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which repairs one reading may use, and which it used where. */
public final class RepairLog {

  /** Those that values without keys can need. */
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

  /** Whether it may be read so; if so, that is noted. */
  public boolean allow(Repair repair, String key, int line) {
    boolean may = isAllowed(repair);
    if (may) {
      lines(key, repair).add(line);
    }
    return may;
  }

  public Map<String, Map<Repair, SortedSet<Integer>>> used() {
    return used;
  }

  public Set<Repair> usedAnywhere() {
    Set<Repair> all = EnumSet.noneOf(Repair.class);
    used.values().forEach(of -> all.addAll(of.keySet()));
    return all;
  }

  public String mend(String key, String text, KeySchema schema) {
    String mended = text;
    for (Repair repair : allowed) {
      if (schema != KeySchema.NONE || OF_PLAIN_TEXT.contains(repair)) {
        String before = mended;
        mended = repair.mend(before, schema);
        if (!mended.equals(before)) {
          note(key, repair, before.split("\n", -1), mended.split("\n", -1));
        }
      }
    }
    return mended;
  }

  private void note(String key, Repair repair, String[] before, String[] after) {
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
