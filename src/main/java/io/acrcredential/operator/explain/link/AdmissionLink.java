// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.ClusterFacts.AdmissionFacts;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.List;

/**
 * Whether new ServiceAccounts are bound in the request that creates them. Nothing is broken without
 * that: the operator binds them right afterwards, but a pod in the same moment may miss it.
 */
final class AdmissionLink implements Link {

  /** The clause in the condition Ready: see {@code admission.AdmissionState}. */
  private static final String STOPPED = "does not work any more";

  private static final Text ABSENT =
      new Text(
          "The admission policy that binds new ServiceAccounts is not installed, so a pod that is"
              + " created together with its ServiceAccount may miss the entry.",
          "未安装在创建时绑定 ServiceAccount 的准入策略：与 ServiceAccount 同时创建的 Pod 可能没有该条目。");
  private static final Text INSTALL =
      new Text(
          "Install it: chart value admission.bindAtCreation (docs/admission.md).",
          "请安装：Chart 值 admission.bindAtCreation（docs/zh/admission.md）。");
  private static final Text UNBOUND =
      new Text(
          "The admission policy %s has no binding, so the API server does not use it.",
          "准入策略 %s 没有绑定（Binding），API Server 不会使用它。");
  private static final Text FAILING =
      new Text(
          "Binding at admission has stopped working (admission policy or webhook).",
          "准入时绑定已不再生效（准入策略或 webhook）。");
  private static final Text TRY =
      new Text(
          "Test it: docs/admission.md, \"Does it work?\"", "请按 docs/zh/admission.md 的“是否生效？”测试。");

  @Override
  public List<Finding> check(Facts facts) {
    boolean isWanted =
        facts.subject().kind() != Kind.IMAGE
            && facts.relevantPolicies().stream().anyMatch(policy -> policy.plan().bindAtCreation());
    if (!isWanted) {
      return List.of();
    }
    if (facts.relevantPolicies().stream().anyMatch(AdmissionLink::isFailing)) {
      return List.of(Finding.note(LinkName.ADMISSION, "AdmissionStopped", FAILING, TRY));
    }
    AdmissionFacts admission = facts.cluster().admission();
    if (!admission.isServed().value().orElse(false)) {
      return List.of();
    }
    if (admission.policy().isAbsent()) {
      return List.of(Finding.note(LinkName.ADMISSION, "AdmissionAbsent", ABSENT, INSTALL));
    }
    return admission.policy().value().isPresent() && !admission.hasBinding().value().orElse(true)
        ? List.of(
            Finding.note(
                LinkName.ADMISSION,
                "AdmissionUnbound",
                UNBOUND.with(admission.policy().value().get()),
                INSTALL))
        : List.of();
  }

  private static boolean isFailing(PolicyFacts policy) {
    return policy
        .condition("Ready")
        .filter(ready -> ready.getMessage().contains(STOPPED))
        .isPresent();
  }
}
