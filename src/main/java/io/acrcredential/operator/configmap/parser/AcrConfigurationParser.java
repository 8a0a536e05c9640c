package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.Repair;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * ConfigMap data → what it asks for: DESIGN section 3. It is read plainly; if anything is wrong, it
 * is repaired by the rules of {@link Repair} and read again; the repaired reading counts where it
 * loses less, and a repair that gains nothing is taken back.
 */
public final class AcrConfigurationParser {

  /** The Secret of the credentials namespace that holds the AccessKeys written in plain text. */
  public static final String KEYS_SECRET = "acr-configuration-keys";

  /** Never throws. {@code data} may be null, as that of an empty ConfigMap is. */
  public ParseResult read(Map<String, String> data) {
    Map<String, String> written = data == null ? Map.of() : data;
    ConfigMapParse plain = ConfigMapParse.of(written, EnumSet.noneOf(Repair.class));
    if (plain.loss() == 0 || tooLarge(written)) {
      return plain.result();
    }
    Set<Repair> allowed = EnumSet.allOf(Repair.class);
    ConfigMapParse best = ConfigMapParse.of(written, allowed);
    if (best.loss() >= plain.loss()) {
      return plain.result();
    }
    List<Repair> used = new ArrayList<>(best.repairs());
    allowed = EnumSet.copyOf(used);
    for (int i = used.size() - 1; i >= 0 && used.size() > 1; i--) {
      Set<Repair> fewer = EnumSet.copyOf(allowed);
      fewer.remove(used.get(i));
      ConfigMapParse without = ConfigMapParse.of(written, fewer);
      if (without.loss() <= best.loss()) {
        best = without;
        allowed = fewer;
      }
    }
    return best.result();
  }

  private static boolean tooLarge(Map<String, String> data) {
    return data.values().stream().anyMatch(v -> v != null && v.length() > YamlText.MAX_CHARS);
  }
}
