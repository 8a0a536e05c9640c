// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import io.acrcredential.operator.text.Spelling;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reports keys that are not documented. One beside documented keys is ignored, as the ACK
 * credential helper ignores it. Where such keys are all there is, or hold the registries in another
 * form, the ConfigMap says something that is not understood, and defaults must not replace what it
 * said before.
 */
final class UndocumentedKeys {

  /** Keys of other versions, without case and separators → where they come from. */
  private static final Map<String, String> OTHER_VERSIONS =
      Map.of(
          "acrregistry", "versions of the ACK credential helper before 2020",
          "acrinstanceinfo", "the managed ACK credential helper");

  /** A key with one of these words, letters only, describes registries. */
  private static final List<String> REGISTRY_WORDS = List.of("registr", "instance", "domain");

  private final Set<String> documented;
  private final Findings findings;

  /**
   * @param documented the documented keys that have a value
   */
  UndocumentedKeys(Set<String> documented, Findings findings) {
    this.documented = documented;
    this.findings = findings;
  }

  /** A key whose value is not UTF-8: {@code kubectl create configmap --from-file} stores it so. */
  void reportBinary(String key) {
    if (ConfigMapSchema.KEYS.canonical(key) == null && !documented.isEmpty()) {
      findings.add(
          Finding.UNKNOWN_KEY,
          "key " + TextMatching.quoted(key) + " of binaryData is unknown and is ignored");
      return;
    }
    findings.add(
        Finding.UNREADABLE,
        "key "
            + TextMatching.quoted(key)
            + " is in binaryData, because its text is not UTF-8; save the text as UTF-8, not as"
            + " UTF-16 or GBK, and create the ConfigMap again");
  }

  /**
   * @param hasRegistries whether {@code acr-registry-info} has items
   */
  void report(String key, String text, boolean hasRegistries) {
    String name = "key " + TextMatching.quoted(key);
    String exact = ConfigMapSchema.KEYS.canonical(key);
    if (exact != null && documented.contains(exact)) {
      findings.add(Finding.UNKNOWN_KEY, name + " is ignored, because the key " + exact + " exists");
    } else if (!hasRegistries && describesRegistries(key)) {
      findings.add(
          Finding.UNREADABLE, name + origin(key) + "; write a list of items under " + sampleList());
    } else if (documented.isEmpty() && PastedConfigMap.isIn(text)) {
      findings.add(
          Finding.UNREADABLE,
          name
              + " contains the text of a ConfigMap; apply that text itself with kubectl apply -f, or"
              + " write each of its keys under data");
    } else if (documented.isEmpty()) {
      findings.add(
          Finding.UNREADABLE,
          name
              + " is unknown"
              + Spelling.suggestion(key, ConfigMapSchema.KEYS.names())
              + ", and no documented key is there; write "
              + sampleList());
    } else {
      findings.add(
          Finding.UNKNOWN_KEY,
          name
              + " is unknown"
              + Spelling.suggestion(key, ConfigMapSchema.KEYS.names())
              + " and is ignored");
    }
  }

  private static boolean describesRegistries(String key) {
    String plain = Spelling.plain(key);
    return REGISTRY_WORDS.stream().anyMatch(plain::contains)
        || RegistryFields.SCHEMA.canonical(key) != null
        || Spelling.resembles(key, ConfigMapKeys.REGISTRIES);
  }

  private static String origin(String key) {
    String version = OTHER_VERSIONS.get(Spelling.plain(key));
    if (version != null) {
      return " belongs to " + version + " and is not read";
    }
    return RegistryFields.SCHEMA.canonical(key) != null
        ? " is a key of an item, not of the ConfigMap"
        : " is unknown" + Spelling.suggestion(key, List.of(ConfigMapKeys.REGISTRIES));
  }

  private static String sampleList() {
    return ConfigMapKeys.REGISTRIES + ", such as - instanceId: \"cri-abc\"";
  }
}
