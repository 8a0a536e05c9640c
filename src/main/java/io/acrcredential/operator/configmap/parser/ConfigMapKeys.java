// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import java.util.Map;
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
  private static final String API_VERSION = "acr-api-version"; // accepted, has no effect

  private static final Set<String> KEYS =
      Set.of(
          SERVICE_ACCOUNT,
          WATCH_NAMESPACE,
          REGISTRIES,
          THRESHOLD,
          EMAIL,
          RRSA,
          WEBHOOK,
          API_VERSION);

  private static final KeySchema SCHEMA = new KeySchema("", KEYS);

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

  static ConfigMapKeys resolve(Map<String, String> data, RepairLog repairs, Findings findings) {
    ConfigMapKeys keys = new ConfigMapKeys(repairs, findings);
    keys.resolve(new TreeMap<>(data));
    keys.values.replaceAll(keys::withoutPastedItems);
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
  private void resolve(Map<String, String> data) {
    data.forEach(
        (key, value) -> {
          if (KEYS.contains(key)) {
            values.put(key, value);
          }
        });
    data.keySet().stream()
        .filter(key -> !KEYS.contains(key))
        .forEach(key -> resolveMisspelled(key, data));
  }

  private void resolveMisspelled(String key, Map<String, String> data) {
    String known = repairs.isAllowed(Repair.KEYS) ? SCHEMA.canonical(key) : null;
    if (known != null && !data.containsKey(known) && !spellings.containsKey(known)) {
      values.put(known, data.get(key));
      spellings.put(known, key);
      repairs.tryUse(Repair.KEYS, known, 0);
    } else if (known != null && spellings.containsKey(known)) {
      findings.add(
          Finding.UNREADABLE,
          "keys "
              + TextMatching.quoted(spellings.get(known))
              + " and "
              + TextMatching.quoted(key)
              + " both mean "
              + known
              + "; write only that key");
    } else {
      String exact = SCHEMA.canonical(key);
      findings.add(
          Finding.UNKNOWN_KEY,
          "key "
              + TextMatching.quoted(key)
              + (exact != null && data.containsKey(exact)
                  ? " is ignored, because the key " + exact + " exists"
                  : " is unknown" + TextMatching.suggestion(key, KEYS) + " and is ignored"));
    }
  }

  private String withoutPastedItems(String key, String text) {
    if (key.equals(REGISTRIES) || key.equals(API_VERSION) || !SecretDetector.hasItemKey(text)) {
      return text;
    }
    findings.add(
        Finding.UNREADABLE,
        key
            + " contains a key of a registry (***); write that key under "
            + REGISTRIES
            + ", and here write "
            + SAMPLES.get(key));
    return "";
  }
}
