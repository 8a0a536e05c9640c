// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.yaml.YamlText;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parses the data of the ConfigMap. It is parsed as it is first. If anything is wrong, it is parsed
 * again with the {@link Repair} rules, and that result is used if it loses less of the ConfigMap.
 * Rules that gain nothing are then removed again, one by one.
 */
public final class AcrConfigurationParser {

  /** The Secret in the credentials namespace that stores the AccessKeys of the ConfigMap. */
  public static final String KEYS_SECRET = "acr-configuration-keys";

  /**
   * Never throws.
   *
   * @param data may be null, as that of an empty ConfigMap is; so may its values
   */
  public ParseResult parse(Map<String, String> data) {
    return parse(data, Set.of());
  }

  /**
   * Never throws.
   *
   * @param data may be null, as that of an empty ConfigMap is; so may its values
   * @param binaryKeys the keys of {@code binaryData}: kubectl puts a text there that is not UTF-8
   */
  public ParseResult parse(Map<String, String> data, Set<String> binaryKeys) {
    ConfigMapContent written = ConfigMapContent.of(data, binaryKeys);
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

  private static boolean tooLarge(ConfigMapContent written) {
    return written.texts().values().stream().anyMatch(v -> v.length() > YamlText.MAX_CHARS);
  }
}
