// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.configmap.parser.ToggleReader.Toggle;
import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.configmap.parser.yaml.CorrectedText;
import io.acrcredential.operator.configmap.parser.yaml.YamlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One parse of the ConfigMap with a given set of repairs: keys → toggles → repaired text → YAML →
 * items → spec → what the rules for policies accept.
 *
 * @param loss how much of the ConfigMap is not used; 0 = everything is
 * @param repairs those that the parse used
 */
record ConfigMapParse(ParseResult result, int loss, Set<Repair> repairs) {

  private static final KeySchema RRSA = new KeySchema(ConfigMapKeys.RRSA, Set.of("enable"));
  private static final KeySchema WEBHOOK =
      new KeySchema(ConfigMapKeys.WEBHOOK, Set.of("enable", "failure-policy", "timeout-seconds"));

  static ConfigMapParse of(ConfigMapContent content, Set<Repair> allowed) {
    Findings findings = new Findings();
    RepairLog repairs = new RepairLog(allowed);
    ConfigMapKeys keys = ConfigMapKeys.resolve(content, repairs, findings);

    ToggleReader toggles = new ToggleReader(keys, repairs, findings);
    boolean rrsa = toggles.toggle(RRSA).isEnabled();
    Toggle webhook = toggles.toggle(WEBHOOK);
    if (!webhook.options().isEmpty() && !webhook.isDisabled()) {
      findings.add(
          Finding.NOT_SUPPORTED,
          ConfigMapKeys.WEBHOOK
              + ": ignored options: "
              + String.join(", ", webhook.options())
              + "; they belong to the installation: admission.webhook.failurePolicy and"
              + " admission.webhook.timeoutSeconds of the chart");
    }

    RegistryItems items = new RegistryItems(findings);
    CorrectedText corrected = new CorrectedText(RegistryFields.SCHEMA);
    IdentityReader identities = new IdentityReader(rrsa, findings);
    RegistryListReader list =
        new RegistryListReader(
            items,
            new RegistryItemReader(identities, corrected, repairs, findings),
            corrected,
            repairs);
    boolean itemsRead =
        findings.attempt(
            () -> {
              String text = repairedItems(keys, repairs);
              list.read(YamlText.parse(RegistryFields.SCHEMA, text), text);
            });

    AcrCredentialPolicySpec requested =
        new PlainValueReader(keys, repairs, findings)
            .spec(items.registries(), !webhook.isDisabled());
    AcrCredentialPolicySpec spec = new PolicyRules(items, findings).accepted(requested, itemsRead);

    return new ConfigMapParse(
        findings.hasUnreadable()
            ? new ParseResult.Unreadable(findings.all())
            : new ParseResult.Understood(
                spec,
                identities.accessKeysOf(spec.registries()),
                join(
                    new RepairReport(
                            keys,
                            spec,
                            Map.of(
                                ConfigMapKeys.RRSA,
                                rrsa,
                                ConfigMapKeys.WEBHOOK,
                                webhook.isEnabled()),
                            corrected)
                        .findings(repairs),
                    findings.all())),
        findings.loss(),
        repairs.usedAnywhere());
  }

  private static String repairedItems(ConfigMapKeys keys, RepairLog repairs) {
    String text = keys.text(ConfigMapKeys.REGISTRIES);
    return text.isBlank()
        ? text
        : repairs.apply(ConfigMapKeys.REGISTRIES, text, RegistryFields.SCHEMA);
  }

  private static List<Finding> join(List<Finding> first, List<Finding> second) {
    List<Finding> all = new ArrayList<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }
}
