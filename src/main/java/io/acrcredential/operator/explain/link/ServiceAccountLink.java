// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.List;
import java.util.Optional;

/** Whether the covered ServiceAccounts list the pull Secret. */
final class ServiceAccountLink implements Link {

  private static final int MAX_NAMES = 5;

  private static final Text BOUND =
      new Text("%s lists the pull Secret %s.", "%s 的 imagePullSecrets 包含拉取凭证 %s。");
  private static final Text MISSING =
      new Text("The ServiceAccount %s/%s does not exist.", "ServiceAccount %s/%s 不存在。");
  private static final Text NOT_BOUND =
      new Text(
          "The pull Secret is in place, but imagePullSecrets of ServiceAccount %s does not list it"
              + " yet.",
          "拉取凭证已就绪，但 ServiceAccount %s 的 imagePullSecrets 尚未包含它。");
  private static final Text WAIT =
      new Text(
          "The operator adds it within milliseconds. If it does not, see the link operator, and the"
              + " condition Bound: kubectl describe acrpol %s",
          "operator 会在毫秒内添加；否则请查看 operator 一项和条件 Bound：kubectl describe acrpol %s");
  private static final Text REVERTED =
      new Text(
          "Another client removes the entry from ServiceAccount %s: imagePullSecrets is applied by"
              + " %s.",
          "其他客户端从 ServiceAccount %s 中移除了该条目：imagePullSecrets 由 %s 通过 apply 管理。");
  private static final Text IGNORE =
      new Text(
          "Leave imagePullSecrets out of the manifest, or add the pull Secret to it; Argo CD:"
              + " ignoreDifferences for /imagePullSecrets.",
          "请从清单中去掉 imagePullSecrets，或把拉取凭证加入其中；Argo CD 可对 /imagePullSecrets 设置"
              + " ignoreDifferences。");
  private static final Text ALL_BOUND =
      new Text(
          "%d of %d covered ServiceAccounts list the pull Secret.",
          "%d / %d 个被覆盖的 ServiceAccount 已包含拉取凭证。");
  private static final Text UNBOUND = new Text("Without it: %s.", "尚未包含：%s。");

  @Override
  public List<Finding> check(Facts facts) {
    if (!facts.subject().hasNamespace() || facts.namespace().isEmpty()) {
      return List.of();
    }
    Optional<String> obstacle = facts.workload().accounts().obstacle();
    if (obstacle.isPresent()) {
      return List.of(Finding.notVisible(LinkName.SERVICE_ACCOUNT, obstacle.get()));
    }
    if (facts.subject().kind() == Kind.NAMESPACE) {
      return ofNamespace(facts);
    }
    Optional<AccountFacts> account = facts.account();
    if (account.isEmpty()) {
      String name = facts.pod().map(pod -> pod.serviceAccount()).orElse(facts.subject().name());
      boolean isPodMissing = facts.subject().kind() == Kind.POD && facts.pod().isEmpty();
      return isPodMissing
          ? List.of()
          : List.of(
              Finding.broken(
                  LinkName.SERVICE_ACCOUNT,
                  "ServiceAccountMissing",
                  MISSING.with(facts.subject().namespace(), name),
                  Text.NONE));
    }
    if (isBound(account.get(), facts)) {
      return List.of(
          Finding.ok(
              LinkName.SERVICE_ACCOUNT,
              BOUND.with(account.get().name(), facts.cluster().pullSecretName())));
    }
    return facts.covering(account.get()).isEmpty() || facts.pullSecret().isAbsent()
        ? List.of()
        : List.of(unbound(account.get(), facts));
  }

  private static boolean isBound(AccountFacts account, Facts facts) {
    return account.pullSecrets().contains(facts.cluster().pullSecretName());
  }

  private static Finding unbound(AccountFacts account, Facts facts) {
    Optional<Finding> refusal = SecretLink.refusal(facts);
    if (refusal.isPresent()) {
      Finding found = refusal.get();
      return Finding.broken(LinkName.SERVICE_ACCOUNT, found.code(), found.what(), found.advice());
    }
    if (!account.appliedBy().isEmpty()) {
      return Finding.broken(
          LinkName.SERVICE_ACCOUNT,
          "EntryReverted",
          REVERTED.with(account.name(), String.join(", ", account.appliedBy())),
          IGNORE);
    }
    return Finding.broken(
        LinkName.SERVICE_ACCOUNT,
        "NotBoundYet",
        NOT_BOUND.with(account.name()),
        WAIT.with(facts.covering(account).get(0).name()));
  }

  private static List<Finding> ofNamespace(Facts facts) {
    List<AccountFacts> covered =
        facts.accounts().stream().filter(account -> !facts.covering(account).isEmpty()).toList();
    List<AccountFacts> unbound =
        covered.stream().filter(account -> !isBound(account, facts)).toList();
    if (facts.relevantPolicies().isEmpty()) {
      return List.of();
    }
    Text counts = ALL_BOUND.with(covered.size() - unbound.size(), covered.size());
    if (unbound.isEmpty() || facts.pullSecret().isAbsent()) {
      return List.of(Finding.ok(LinkName.SERVICE_ACCOUNT, counts));
    }
    String names =
        String.join(", ", unbound.stream().limit(MAX_NAMES).map(AccountFacts::name).toList());
    Finding first = unbound(unbound.get(0), facts);
    return List.of(
        Finding.broken(
            LinkName.SERVICE_ACCOUNT,
            first.code(),
            counts.and(UNBOUND.with(names + (unbound.size() > MAX_NAMES ? ", …" : ""))),
            first.advice()));
  }
}
