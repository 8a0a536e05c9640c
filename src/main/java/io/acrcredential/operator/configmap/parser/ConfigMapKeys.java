// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * First step: finds the value of each documented key of the ConfigMap, misspelled keys included,
 * and takes no value that belongs under another key.
 */
final class ConfigMapKeys {

  static final String REGISTRIES = "acr-registry-info";
  static final String SERVICE_ACCOUNT = "service-account";
  static final String WATCH_NAMESPACE = "watch-namespace";
  static final String THRESHOLD = "expiring-threshold";
  static final String EMAIL = "notify-email";
  static final String RRSA = "rrsa";
  static final String WEBHOOK = "webhook-configuration";
  static final String API_VERSION = "acr-api-version"; // accepted, has no effect

  /** Key → what its value looks like. */
  private static final Map<String, String> SAMPLES =
      Map.of(
          SERVICE_ACCOUNT, "names such as default",
          WATCH_NAMESPACE, "names such as default",
          THRESHOLD, "a duration such as 15m",
          EMAIL, "an address such as ops@example.com",
          RRSA, "enable: true",
          WEBHOOK, "enable: true");

  private final Map<String, String> values = new TreeMap<>();

  /** Documented key → the spelling in the ConfigMap, where the two differ. */
  private final Map<String, String> spellings = new TreeMap<>();

  private final RepairLog repairs;
  private final Findings findings;

  private ConfigMapKeys(RepairLog repairs, Findings findings) {
    this.repairs = repairs;
    this.findings = findings;
  }

  static ConfigMapKeys resolve(ConfigMapContent content, RepairLog repairs, Findings findings) {
    ConfigMapKeys keys = new ConfigMapKeys(repairs, findings);
    keys.resolve(content);
    keys.values.replaceAll(keys::withoutPastedText);
    return keys;
  }

  /** The value of a key; empty where there is none. */
  String text(String key) {
    String text = values.get(key);
    return text == null ? "" : key.equals(REGISTRIES) ? text : text.strip();
  }

  /** How the ConfigMap spells this key; null = as documented. */
  String spelling(String key) {
    return spellings.get(key);
  }

  /**
   * An exact key takes precedence over a misspelled one; of two misspelled ones neither is used.
   */
  private void resolve(ConfigMapContent content) {
    content
        .texts()
        .forEach(
            (key, value) -> {
              if (ConfigMapSchema.KEYS.knows(key)) {
                values.put(key, value);
              }
            });
    List<String> others =
        content.texts().keySet().stream()
            .filter(key -> !ConfigMapSchema.KEYS.knows(key))
            .filter(key -> !resolveMisspelled(key, content.texts()))
            .toList();
    UndocumentedKeys undocumented = new UndocumentedKeys(Set.copyOf(values.keySet()), findings);
    boolean hasRegistries = !isEmpty(values.getOrDefault(REGISTRIES, ""));
    content.binaryKeys().forEach(undocumented::reportBinary);
    others.forEach(key -> undocumented.report(key, content.texts().get(key), hasRegistries));
  }

  /** Returns false if the key means none of the documented ones, or one that has its own value. */
  private boolean resolveMisspelled(String key, Map<String, String> texts) {
    String known = repairs.isAllowed(Repair.KEYS) ? ConfigMapSchema.KEYS.canonical(key) : null;
    if (known == null || texts.containsKey(known)) {
      return false;
    }
    if (spellings.containsKey(known)) {
      findings.add(
          Finding.UNREADABLE,
          "keys "
              + TextMatching.quoted(spellings.get(known))
              + " and "
              + TextMatching.quoted(key)
              + " both mean "
              + known
              + "; write only that key");
      return true;
    }
    values.put(known, texts.get(key));
    spellings.put(known, key);
    repairs.tryUse(Repair.KEYS, known, 0);
    return true;
  }

  /** Whether a value has nothing but blanks and comments. */
  static boolean isEmpty(String text) {
    return text.lines().map(String::strip).allMatch(l -> l.isEmpty() || l.startsWith("#"));
  }

  private String withoutPastedText(String key, String text) {
    Optional<String> problem = PastedConfigMap.problem(key, text);
    if (problem.isEmpty() && SAMPLES.containsKey(key) && SecretDetector.hasItemKey(text)) {
      problem =
          Optional.of(
              key
                  + " contains a key of a registry (***); write that key under "
                  + REGISTRIES
                  + ", and here write "
                  + SAMPLES.get(key));
    }
    problem.ifPresent(message -> findings.add(Finding.UNREADABLE, message));
    return problem.isPresent() ? "" : text;
  }
}
