// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.OperatorFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.LeaseFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.OperatorPod;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether an operator runs and leads, and whether it is the only one. */
final class OperatorLink implements Link {

  private static final Text LEADS =
      new Text("%s leads, in namespace %s.", "%s 为主（leader），命名空间为 %s。");
  private static final Text NO_POD =
      new Text("No pod of the operator exists in namespace %s.", "命名空间 %s 中没有 operator 的 Pod。");
  private static final Text INSTALL =
      new Text(
          "Install it (docs/install.md), or scale its Deployment up. If it runs elsewhere, add"
              + " --operator-namespace.",
          "请安装 operator（docs/zh/install.md）或把其 Deployment 扩容；如果它在其他命名空间，请加"
              + " --operator-namespace。");
  private static final Text NOT_READY =
      new Text("No pod of the operator is ready: %s.", "operator 没有就绪的 Pod：%s。");
  private static final Text LOOK_AT_LOG =
      new Text(
          "See why: kubectl -n %s describe pod %s; kubectl -n %1$s logs %2$s",
          "查看原因：kubectl -n %s describe pod %s；kubectl -n %1$s logs %2$s");
  private static final Text NOT_LEADING =
      new Text(
          "No operator leads: the Lease %s/acr-credential-operator %s.",
          "没有 operator 为主（leader）：Lease %s/acr-credential-operator %s。");
  private static final Text NEVER = new Text("does not exist", "不存在");
  private static final Text RELEASED = new Text("has no holder", "没有持有者");
  private static final Text EXPIRED = new Text("was last renewed by %s at %s", "由 %s 最后续约于 %s");
  private static final Text START_IT =
      new Text(
          "Start the operator, and look at its log: kubectl -n %s logs -l"
              + " app.kubernetes.io/part-of=acr-credential-operator --tail=50",
          "请启动 operator 并查看日志：kubectl -n %s logs -l"
              + " app.kubernetes.io/part-of=acr-credential-operator --tail=50");
  private static final Text TWO =
      new Text(
          "The operator is installed in more than one namespace: %s. %s (Lease"
              + " kube-system/%s-owner).",
          "operator 安装在多个命名空间：%s。%s（Lease kube-system/%s-owner）。");
  private static final Text OWNER = new Text("Only %s writes", "只有 %s 会写入");
  private static final Text NO_OWNER =
      new Text("At any time, only one of them writes", "任何时候只有其中一个会写入");
  private static final Text ONE_IS_ENOUGH =
      new Text(
          "Uninstall all but one: docs/install.md, \"One installation per cluster\".",
          "请只保留一个安装：docs/zh/install.md。");

  @Override
  public List<Finding> check(Facts facts) {
    List<Finding> findings = new ArrayList<>();
    findings.add(state(facts));
    two(facts).ifPresent(findings::add);
    return findings;
  }

  private static Finding state(Facts facts) {
    OperatorFacts operator = facts.cluster().operator();
    Optional<LeaseFacts> lease = operator.lease().value();
    if (lease.isPresent() && lease.get().isHeldAt(facts.now())) {
      return Finding.ok(LinkName.OPERATOR, LEADS.with(lease.get().holder(), operator.namespace()));
    }
    Optional<List<OperatorPod>> pods = operator.pods().value();
    if (pods.isPresent() && pods.get().isEmpty()) {
      return Finding.broken(
          LinkName.OPERATOR, "OperatorNotRunning", NO_POD.with(operator.namespace()), INSTALL);
    }
    if (pods.isPresent() && pods.get().stream().noneMatch(OperatorPod::isReady)) {
      String names = String.join(", ", pods.get().stream().map(OperatorPod::name).toList());
      return Finding.broken(
          LinkName.OPERATOR,
          "OperatorNotReady",
          NOT_READY.with(names),
          LOOK_AT_LOG.with(operator.namespace(), pods.get().get(0).name()));
    }
    if (operator.lease().obstacle().isPresent()) {
      return Finding.notVisible(LinkName.OPERATOR, operator.lease().obstacle().get());
    }
    return Finding.broken(
        LinkName.OPERATOR,
        "OperatorNotLeading",
        NOT_LEADING.with(operator.namespace(), why(lease)),
        START_IT.with(operator.namespace()));
  }

  private static Text why(Optional<LeaseFacts> lease) {
    if (lease.isEmpty()) {
      return NEVER;
    }
    return lease.get().holder().isEmpty()
        ? RELEASED
        : EXPIRED.with(lease.get().holder(), lease.get().renewedAt());
  }

  private static Optional<Finding> two(Facts facts) {
    OperatorFacts operator = facts.cluster().operator();
    List<String> installations = operator.installations().value().orElse(List.of());
    if (installations.size() < 2) {
      return Optional.empty();
    }
    Text owner =
        operator
            .ownership()
            .value()
            .filter(lease -> lease.isHeldAt(facts.now()))
            .map(lease -> OWNER.with(lease.holder()))
            .orElse(NO_OWNER);
    return Optional.of(
        Finding.note(
            LinkName.OPERATOR,
            "TwoOperators",
            TWO.with(String.join(", ", installations), owner, facts.cluster().pullSecretName()),
            ONE_IS_ENOUGH));
  }
}
