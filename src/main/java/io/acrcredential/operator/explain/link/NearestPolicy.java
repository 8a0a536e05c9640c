// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.NamespaceFacts;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import io.acrcredential.operator.policy.TargetSelector;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which selector of the nearest policy misses a namespace or ServiceAccount that none covers. */
final class NearestPolicy {

  private static final int MAX_NAMES = 5;

  private static final Text NOT_COVERED = new Text("No policy covers %s.", "没有策略覆盖%s。");
  private static final Text ACCOUNT =
      new Text("ServiceAccount %s of namespace %s", "命名空间 %2$s 的 ServiceAccount %1$s");
  private static final Text NAMESPACE = new Text("namespace %s", "命名空间 %s");
  private static final Text NEAREST = new Text("The nearest is policy %s: %s.", "最接近的是策略 %s：%s。");
  private static final Text EXCLUDES =
      new Text("spec.targets.%s.exclude names %s", "spec.targets.%s.exclude 中列出了 %s");
  private static final Text NAMES =
      new Text("spec.targets.%s.names has %s, not %s", "spec.targets.%s.names 为 %s，不含 %s");
  private static final Text LABELS =
      new Text(
          "spec.targets.%s.selector requires %s, but the labels are %s",
          "spec.targets.%s.selector 要求 %s，而标签为 %s");
  private static final Text ADD =
      new Text(
          "Add it: kubectl edit acrpol %s (by default a policy covers only ServiceAccount default"
              + " of namespace default)",
          "请添加：kubectl edit acrpol %s（默认只覆盖命名空间 default 的 ServiceAccount default）");

  private static final Text REMOVE =
      new Text(
          "Remove it from exclude: kubectl edit acrpol %s",
          "请将其从 exclude 中移除：kubectl edit acrpol %s");

  private record Miss(
      PolicyFacts policy, List<Text> selectors, boolean isNamespaceMissed, boolean isExcluded) {}

  private NearestPolicy() {}

  /** The finding for a subject in a namespace that is known. */
  static Finding finding(Facts facts) {
    NamespaceFacts namespace = facts.namespace().orElseThrow();
    Optional<AccountFacts> account = facts.account();
    Miss nearest =
        facts.policies().stream()
            .map(policy -> miss(policy, namespace, account))
            .min(
                Comparator.comparing((Miss miss) -> miss.selectors().size())
                    .thenComparing(Miss::isNamespaceMissed)
                    .thenComparing(miss -> miss.policy().name()))
            .orElseThrow();
    Text target =
        account
            .map(found -> ACCOUNT.with(found.name(), namespace.name()))
            .orElse(NAMESPACE.with(namespace.name()));
    String name = nearest.policy().name();
    return Finding.broken(
        LinkName.POLICY,
        "NotCovered",
        NOT_COVERED.with(target).and(NEAREST.with(name, join(nearest.selectors()))),
        PolicyEdit.of(name, (nearest.isExcluded() ? REMOVE : ADD).with(name)));
  }

  private static Miss miss(
      PolicyFacts policy, NamespaceFacts namespace, Optional<AccountFacts> account) {
    List<Text> ofNamespace =
        misses("namespaces", policy.plan().namespaces(), namespace.name(), namespace.labels());
    List<Text> all = new ArrayList<>(ofNamespace);
    account.ifPresent(
        found ->
            all.addAll(
                misses(
                    "serviceAccounts",
                    policy.plan().serviceAccounts(),
                    found.name(),
                    found.labels())));
    boolean isExcluded = policy.plan().namespaces().exclude().contains(namespace.name());
    return new Miss(policy, all, !ofNamespace.isEmpty(), isExcluded);
  }

  private static List<Text> misses(
      String field, TargetSelector selector, String name, Map<String, String> labels) {
    List<Text> misses = new ArrayList<>();
    if (selector.exclude().contains(name)) {
      misses.add(EXCLUDES.with(field, name));
    }
    if (selector.names() != null && !selector.names().contains(name)) {
      misses.add(NAMES.with(field, shortened(new TreeSet<>(selector.names())), name));
    }
    TargetSelector byLabels = new TargetSelector(null, selector.selector(), Set.of());
    if (!byLabels.matches(name, labels)) {
      misses.add(
          LABELS.with(
              field,
              describe(selector.selector()),
              labels.isEmpty() ? "{}" : new TreeMap<>(labels).toString()));
    }
    return misses;
  }

  private static String shortened(TreeSet<String> names) {
    String shown = String.join(", ", names.stream().limit(MAX_NAMES).toList());
    return "[" + shown + (names.size() > MAX_NAMES ? ", …" : "") + "]";
  }

  /** As kubectl writes selectors: {@code team=a,tier in (x, y)}. */
  private static String describe(LabelSelector selector) {
    List<String> terms = new ArrayList<>();
    if (selector.getMatchLabels() != null) {
      new TreeMap<>(selector.getMatchLabels())
          .forEach((label, value) -> terms.add(label + "=" + value));
    }
    if (selector.getMatchExpressions() != null) {
      selector.getMatchExpressions().forEach(each -> terms.add(describe(each)));
    }
    return String.join(",", terms);
  }

  private static String describe(LabelSelectorRequirement requirement) {
    String values = "(" + String.join(", ", requirement.getValues()) + ")";
    return switch (requirement.getOperator()) {
      case "In" -> requirement.getKey() + " in " + values;
      case "NotIn" -> requirement.getKey() + " notin " + values;
      case "Exists" -> requirement.getKey();
      default -> "!" + requirement.getKey();
    };
  }

  private static Text join(List<Text> texts) {
    return new Text(
        String.join("; ", texts.stream().map(Text::english).toList()),
        String.join("；", texts.stream().map(Text::chinese).toList()));
  }
}
