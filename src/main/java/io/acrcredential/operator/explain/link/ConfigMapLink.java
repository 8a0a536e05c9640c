// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.configmap.parser.ParseResult;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the ConfigMap of the ACK credential helper can be parsed, and whether that component
 * still runs. Another policy that covers the subject makes all of this a note.
 */
final class ConfigMapLink implements Link {

  private static final Text RUNNING =
      new Text(
          "The ACK credential helper runs (Deployment kube-system/aliyun-acr-credential-helper), so"
              + " the policy of the ConfigMap is suspended.",
          "免密组件正在运行（Deployment kube-system/aliyun-acr-credential-helper），ConfigMap 的策略已暂停。");
  private static final Text STOP_HELPER =
      new Text(
          "To switch: kubectl -n kube-system scale deployment aliyun-acr-credential-helper"
              + " --replicas=0 (docs/switch.md)",
          "切换方法：kubectl -n kube-system scale deployment aliyun-acr-credential-helper"
              + " --replicas=0（docs/zh/switch.md）");
  private static final Text UNREADABLE =
      new Text(
          "The ConfigMap acr-configuration cannot be understood; the last good configuration stays"
              + " in force. %s",
          "无法解析 ConfigMap acr-configuration，仍使用上一份有效配置。%s");
  private static final Text CORRECT =
      new Text(
          "Correct it: kubectl -n kube-system edit configmap acr-configuration",
          "请修正：kubectl -n kube-system edit configmap acr-configuration");
  private static final Text UNKNOWN_KEY =
      new Text("A key of the ConfigMap is ignored: %s", "ConfigMap 中的一个键被忽略：%s");
  private static final Text REPORTED =
      new Text("The ConfigMap acr-configuration: %s", "ConfigMap acr-configuration：%s");

  @Override
  public List<Finding> check(Facts facts) {
    List<Finding> findings = new ArrayList<>();
    boolean decides = isDecisive(facts);
    if (exists(facts) && facts.cluster().credentialHelper().value().orElse(false)) {
      findings.add(
          Finding.broken(LinkName.CONFIG_MAP, "CredentialHelperRunning", RUNNING, STOP_HELPER));
    }
    ParseResult parsed = facts.cluster().configMap().value().orElse(null);
    if (parsed != null) {
      findings.addAll(of(parsed));
    }
    return decides ? findings : findings.stream().map(Finding::asNote).toList();
  }

  /** Whether nothing but the ConfigMap covers the subject. */
  private static boolean isDecisive(Facts facts) {
    List<PolicyFacts> relevant = facts.relevantPolicies();
    boolean isOtherPolicy =
        facts.subject().kind() == Kind.POLICY
            && !facts.subject().name().equals(ConfigMapPolicy.NAME);
    // A ConfigMap that never could be parsed is the reason why there is no policy.
    boolean isMissing =
        facts.cluster().policies().value().isPresent() && facts.policies().isEmpty();
    return !isOtherPolicy
        && facts.subject().kind() != Kind.IMAGE
        && (isMissing || !relevant.isEmpty())
        && relevant.stream().allMatch(policy -> policy.name().equals(ConfigMapPolicy.NAME));
  }

  private static boolean exists(Facts facts) {
    return facts.policies().stream().anyMatch(policy -> policy.name().equals(ConfigMapPolicy.NAME));
  }

  private static List<Finding> of(ParseResult parsed) {
    List<Finding> findings = new ArrayList<>();
    for (io.acrcredential.operator.configmap.parser.Finding each : parsed.findings()) {
      findings.add(
          switch (each.cause()) {
            case io.acrcredential.operator.configmap.parser.Finding.UNREADABLE ->
                Finding.broken(
                    LinkName.CONFIG_MAP,
                    "ConfigMapUnreadable",
                    UNREADABLE.with(each.message()),
                    CORRECT);
            case io.acrcredential.operator.configmap.parser.Finding.UNKNOWN_KEY ->
                Finding.note(
                    LinkName.CONFIG_MAP,
                    "ConfigMapKeyUnknown",
                    UNKNOWN_KEY.with(each.message()),
                    CORRECT);
            case io.acrcredential.operator.configmap.parser.Finding.ITEM_IGNORED ->
                Finding.broken(
                    LinkName.CONFIG_MAP,
                    "ConfigMapItemIgnored",
                    REPORTED.with(each.message()),
                    CORRECT);
            default ->
                Finding.note(
                    LinkName.CONFIG_MAP,
                    "ConfigMap" + each.cause(),
                    REPORTED.with(each.message()),
                    Text.NONE);
          });
    }
    return findings;
  }
}
