// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.EMAIL;
import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.REGISTRIES;
import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.SERVICE_ACCOUNT;
import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.THRESHOLD;
import static io.acrcredential.operator.configmap.parser.ConfigMapKeys.WATCH_NAMESPACE;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.ServiceAccounts;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.configmap.parser.yaml.TextMatching;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.PolicyValidator;
import io.acrcredential.operator.policy.ValidatedPolicy;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Last step: leaves out of a spec what {@link PolicyValidator} refuses, and reports it by the names
 * of the ConfigMap. A list of which nothing is left makes the ConfigMap unreadable.
 */
final class PolicyRules {

  private static final String NAMESPACE_NAMES = "spec.targets.namespaces.names";
  private static final String ACCOUNT_NAMES = "spec.targets.serviceAccounts.names";
  private static final String SPEC_EMAIL = "spec.email";

  private final RegistryItems items;
  private final Findings findings;

  PolicyRules(RegistryItems items, Findings findings) {
    this.items = items;
    this.findings = findings;
  }

  /**
   * @param spec with the registries of the items
   * @param itemsRead whether the text of the items could be read
   */
  AcrCredentialPolicySpec accepted(AcrCredentialPolicySpec spec, boolean itemsRead) {
    ValidatedPolicy validated = validate(spec);
    List<Registry> registries = new ArrayList<>();
    for (int i = 0; i < spec.registries().size(); i++) {
      if (validated.registries().get(i).isAccepted()) {
        registries.add(spec.registries().get(i));
      } else {
        items.reject(i, validated.registries().get(i).problems());
      }
    }
    Set<String> refused = new HashSet<>();
    for (FieldError error : validated.problems()) {
      refused.add(error.field());
      report(error);
    }
    Targets targets = spec.targets();
    List<String> namespaces = without(refused, NAMESPACE_NAMES, targets.namespaces().names());
    List<String> accounts = without(refused, ACCOUNT_NAMES, targets.serviceAccounts().names());
    if (registries.isEmpty() && itemsRead) {
      reportEmpty(REGISTRIES);
    }
    if (namespaces.isEmpty()) {
      reportEmpty(WATCH_NAMESPACE);
    }
    if (accounts.isEmpty()) {
      reportEmpty(SERVICE_ACCOUNT);
    }
    return new AcrCredentialPolicySpec(
        List.copyOf(registries),
        new Targets(new Namespaces(namespaces, null, null), new ServiceAccounts(accounts, null)),
        spec.binding(),
        spec.refreshBefore(),
        refused.contains(SPEC_EMAIL) ? null : spec.email(),
        spec.bindAtCreation(),
        spec.injectPods(),
        spec.healPods(),
        spec.suspend());
  }

  private void report(FieldError error) {
    String field = error.field();
    String value = TextMatching.quoted(error.found()) + ": " + fix(error);
    if (field.startsWith(NAMESPACE_NAMES + "[")) {
      findings.add(Finding.ITEM_IGNORED, WATCH_NAMESPACE + " contains " + value);
    } else if (field.startsWith(ACCOUNT_NAMES + "[")) {
      findings.add(Finding.ITEM_IGNORED, SERVICE_ACCOUNT + " contains " + value);
    } else if (field.equals(SPEC_EMAIL)) {
      findings.add(Finding.ITEM_IGNORED, EMAIL + " is " + value);
    } else if (!error.found().equals("0 items")) { // which are reported one by one
      String key =
          switch (field) {
            case "spec.refreshBefore" -> THRESHOLD;
            case NAMESPACE_NAMES -> WATCH_NAMESPACE;
            case ACCOUNT_NAMES -> SERVICE_ACCOUNT;
            default -> REGISTRIES;
          };
      findings.add(Finding.UNREADABLE, key + " is " + value);
    }
  }

  /** No name contains a blank, so what contains one is several names, or prose. */
  private static String fix(FieldError error) {
    boolean name =
        error.field().startsWith(NAMESPACE_NAMES + "[")
            || error.field().startsWith(ACCOUNT_NAMES + "[");
    return name && error.found().chars().anyMatch(Character::isWhitespace)
        ? "write names with commas between them"
        : error.fix();
  }

  private void reportEmpty(String key) {
    findings.add(Finding.UNREADABLE, key + ": no valid entry is left, so nothing is changed");
  }

  private static List<String> without(Set<String> refused, String field, List<String> names) {
    List<String> accepted = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (!refused.contains(field + "[" + i + "]")) {
        accepted.add(names.get(i));
      }
    }
    return List.copyOf(accepted);
  }

  private static ValidatedPolicy validate(AcrCredentialPolicySpec spec) {
    AcrCredentialPolicy policy = new AcrCredentialPolicy();
    policy.setMetadata(new ObjectMetaBuilder().withName("acr-configuration").build());
    policy.setSpec(spec);
    return PolicyValidator.validate(policy);
  }
}
