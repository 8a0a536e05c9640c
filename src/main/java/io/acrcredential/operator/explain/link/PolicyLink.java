// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether a policy covers the subject and is in force. */
final class PolicyLink implements Link {

  private static final Text NO_CRD =
      new Text(
          "The cluster does not know AcrCredentialPolicies.", "集群中没有 AcrCredentialPolicy 这种资源。");
  private static final Text INSTALL =
      new Text("Install the operator: docs/install.md", "请安装 operator：docs/zh/install.md");
  private static final Text NO_POLICY = new Text("There is no policy.", "没有任何策略。");
  private static final Text CREATE =
      new Text(
          "Create one (docs/policy.md), or the ConfigMap acr-configuration (docs/configmap.md).",
          "请创建策略（docs/zh/policy.md）或 ConfigMap acr-configuration（docs/zh/configmap.md）。");
  private static final Text NOT_FOUND =
      new Text("Policy %s does not exist. Existing policies: %s.", "策略 %s 不存在。现有策略：%s。");
  private static final Text NAMESPACE_MISSING =
      new Text("The namespace %s does not exist.", "命名空间 %s 不存在。");
  private static final Text TERMINATING =
      new Text("The namespace %s is being deleted.", "命名空间 %s 正在删除。");
  private static final Text EXCLUDED =
      new Text(
          "The operator writes nothing into namespace %s: ACR_EXCLUDED_NAMESPACES names it.",
          "operator 不会写入命名空间 %s：ACR_EXCLUDED_NAMESPACES 中列出了它。");
  private static final Text REMOVE_EXCLUSION =
      new Text(
          "Remove it from the setting (chart value excludedNamespaces).",
          "请从该设置中移除（Chart 值 excludedNamespaces）。");
  private static final Text COVERS = new Text("%s covers %s.", "%s 覆盖 %s。");
  private static final Text SUSPENDED =
      new Text(
          "The policy %s is suspended: nothing is fetched, written or unbound for it.",
          "策略 %s 已暂停：不获取、不写入、不解绑。");
  private static final Text RESUME =
      new Text(
          "Resume it: kubectl patch acrpol %s --type=merge -p '{\"spec\":{\"suspend\":false}}'",
          "恢复：kubectl patch acrpol %s --type=merge -p '{\"spec\":{\"suspend\":false}}'");
  private static final Text LEFT_OUT =
      new Text("Some items of policy %s are left out (%s): %s", "策略 %s 的部分条目未被采用（%s）：%s");
  private static final Text INVALID =
      new Text("The policy %s is not accepted (%s): %s", "策略 %s 未被接受（%s）：%s");
  private static final Text EDIT =
      new Text("Correct it: kubectl edit acrpol %s", "请修正：kubectl edit acrpol %s");
  private static final Text NOT_PROCESSED =
      new Text(
          "The operator has not processed the current version of policy %s.",
          "operator 尚未处理策略 %s 的当前版本。");
  private static final Text WAIT =
      new Text(
          "If that lasts longer than a few seconds, look at the operator.", "如果超过几秒，请检查 operator。");

  /** The reasons of Accepted=False with which the other items of the policy work. */
  private static final Set<String> PARTLY =
      Set.of(
          Reason.PartlyAccepted.name(), Reason.SecretTooLarge.name(), Reason.DomainConflict.name());

  @Override
  public List<Finding> check(Facts facts) {
    if (facts.cluster().policies().obstacle().isPresent()) {
      return List.of(
          Finding.notVisible(LinkName.POLICY, facts.cluster().policies().obstacle().get()));
    }
    if (facts.cluster().policies().isAbsent()) {
      return List.of(Finding.broken(LinkName.POLICY, "NotInstalled", NO_CRD, INSTALL));
    }
    if (facts.policies().isEmpty()) {
      return List.of(Finding.broken(LinkName.POLICY, "NoPolicy", NO_POLICY, CREATE));
    }
    List<Finding> namespace = namespace(facts);
    if (!namespace.isEmpty()) {
      return namespace;
    }
    List<PolicyFacts> relevant = facts.relevantPolicies();
    if (relevant.isEmpty()) {
      return notCovered(facts);
    }
    return inForce(facts, relevant);
  }

  private static List<Finding> namespace(Facts facts) {
    String name = facts.subject().namespace();
    if (!facts.subject().hasNamespace()) {
      return List.of();
    }
    if (facts.workload().namespace().isAbsent()) {
      return List.of(
          Finding.broken(
              LinkName.POLICY, "NamespaceMissing", NAMESPACE_MISSING.with(name), Text.NONE));
    }
    if (facts.workload().namespace().obstacle().isPresent()) {
      return List.of(
          Finding.notVisible(LinkName.POLICY, facts.workload().namespace().obstacle().get()));
    }
    if (facts.namespace().orElseThrow().isTerminating()) {
      return List.of(
          Finding.broken(
              LinkName.POLICY, "NamespaceTerminating", TERMINATING.with(name), Text.NONE));
    }
    return facts.cluster().excludedNamespaces().contains(name)
        ? List.of(
            Finding.broken(
                LinkName.POLICY, "NamespaceExcluded", EXCLUDED.with(name), REMOVE_EXCLUSION))
        : List.of();
  }

  private static List<Finding> notCovered(Facts facts) {
    if (facts.subject().kind() == Kind.POLICY) {
      String names =
          facts.policies().stream()
              .map(PolicyFacts::name)
              .sorted()
              .collect(Collectors.joining(", "));
      return List.of(
          Finding.broken(
              LinkName.POLICY,
              "PolicyNotFound",
              NOT_FOUND.with(facts.subject().name(), names),
              Text.NONE));
    }
    if (facts.subject().kind() != Kind.NAMESPACE && facts.account().isEmpty()) {
      return facts
          .workload()
          .accounts()
          .obstacle()
          .map(obstacle -> List.of(Finding.notVisible(LinkName.POLICY, obstacle)))
          .orElse(List.of());
    }
    return List.of(NearestPolicy.finding(facts));
  }

  private static List<Finding> inForce(Facts facts, List<PolicyFacts> relevant) {
    List<Finding> problems = new ArrayList<>();
    List<String> active = new ArrayList<>();
    for (PolicyFacts policy : relevant) {
      List<Finding> found = problems(policy);
      problems.addAll(found);
      if (found.stream().allMatch(each -> each.level() == Finding.Level.NOTE)) {
        active.add(policy.name());
      }
    }
    // A policy that is in force makes up for one that is not.
    boolean decides = active.isEmpty() || facts.subject().kind() == Kind.POLICY;
    List<Finding> findings = new ArrayList<>();
    if (!active.isEmpty() && facts.subject().kind() != Kind.IMAGE) {
      findings.add(
          Finding.ok(LinkName.POLICY, COVERS.with(String.join(", ", active), target(facts))));
    }
    problems.forEach(problem -> findings.add(decides ? problem : problem.asNote()));
    return findings;
  }

  private static Text target(Facts facts) {
    return switch (facts.subject().kind()) {
      case NAMESPACE -> new Text("namespace %s", "命名空间 %s").with(facts.subject().namespace());
      case POLICY -> {
        var status = facts.relevantPolicies().get(0).status();
        yield new Text("%s ServiceAccounts in %s namespaces", "%s 个 ServiceAccount（%s 个命名空间）")
            .with(
                status == null || status.bound() == null ? "?" : status.bound(),
                status == null || status.namespaces() == null ? "?" : status.namespaces());
      }
      default ->
          new Text("ServiceAccount %s of namespace %s", "ServiceAccount %s（命名空间 %s）")
              .with(
                  facts.account().map(account -> account.name()).orElse("?"),
                  facts.subject().namespace());
    };
  }

  private static List<Finding> problems(PolicyFacts policy) {
    if (policy.isSuspendedByCredentialHelper()) {
      // The link of the ConfigMap says so.
      return List.of();
    }
    if (policy.plan().suspended()) {
      return List.of(
          Finding.broken(
              LinkName.POLICY,
              "Suspended",
              SUSPENDED.with(policy.name()),
              PolicyEdit.of(policy.name(), RESUME.with(policy.name()))));
    }
    if (policy.condition("Accepted").isEmpty()) {
      return List.of(
          Finding.unknown(
              LinkName.POLICY, "PolicyNotProcessed", NOT_PROCESSED.with(policy.name()), WAIT));
    }
    return policy
        .condition("Accepted")
        .filter(accepted -> accepted.getStatus().equals("False"))
        .map(accepted -> List.of(notAccepted(policy, accepted)))
        .orElse(List.of());
  }

  private static Finding notAccepted(PolicyFacts policy, Condition accepted) {
    String reason = accepted.getReason();
    boolean isPartly = PARTLY.contains(reason);
    Text what = (isPartly ? LEFT_OUT : INVALID).with(policy.name(), reason, accepted.getMessage());
    Text advice = PolicyEdit.of(policy.name(), EDIT.with(policy.name()));
    return isPartly
        ? Finding.note(LinkName.POLICY, reason, what, advice)
        : Finding.broken(LinkName.POLICY, reason, what, advice);
  }
}
