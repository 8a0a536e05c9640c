// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.ImageName;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.explain.facts.SecretFacts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether the pull Secret has what the policies say, and whether kubelet can decode all Secrets.
 */
final class SecretLink implements Link {

  private static final String TYPE = "kubernetes.io/dockerconfigjson";

  private static final Text PRESENT =
      new Text("%s/%s is in place, its first token is valid until %s.", "%s/%s 已就绪，最早的临时密码有效至 %s。");
  private static final Text UNSPECIFIED = new Text("an unknown time", "未知时间");
  private static final Text MISSING =
      new Text("The pull Secret %s/%s does not exist.", "拉取凭证 %s/%s 不存在。");
  private static final Text REFUSED =
      new Text(
          "The API server refuses writes of the operator (%s): %s",
          "API Server 拒绝 operator 的写入（%s）：%s");
  private static final Text SEE_BOUND =
      new Text(
          "Change what refuses it: the quota, the admission rule or the permission that the message"
              + " names.",
          "请修改导致拒绝的配额、准入规则或权限（见上面的信息）。");
  private static final Text WAITING =
      new Text(
          "The operator writes it within a second. If it does not, see the condition Bound: kubectl"
              + " describe acrpol %s",
          "operator 会在一秒内写入；否则请查看条件 Bound：kubectl describe acrpol %s");
  private static final Text OCCUPIED =
      new Text(
          "%s/%s has the type %s, so the operator leaves it alone.",
          "%s/%s 的类型为 %s，operator 不会改动它。");
  private static final Text DELETE_IT =
      new Text(
          "Delete or rename it: kubectl -n %s delete secret %s",
          "请删除或改名：kubectl -n %s delete secret %s");
  private static final Text FOREIGN =
      new Text(
          "%s/%s was written by another component, and not yet taken over.",
          "%s/%s 由其他组件写入，尚未被接管。");
  private static final Text EXPIRED =
      new Text("The first token in %s/%s has expired at %s.", "%s/%s 中最早的临时密码已于 %s 过期。");
  private static final Text CHECK_OPERATOR =
      new Text(
          "The operator renews it: see the links operator and registry.",
          "续期由 operator 完成：见 operator 和镜像仓库实例两项。");
  private static final Text LACKS_HOST =
      new Text("%s/%s has no login for %s.", "%s/%s 中没有 %s 的凭证。");
  private static final Text UNDECODABLE =
      new Text(
          "Kubelet cannot decode the Secret %s/%s (%s). That disables all pull Secrets of a pod that"
              + " lists it.",
          "kubelet 无法解码 Secret %s/%s（%s）。列出它的 Pod 的所有拉取凭证都会失效。");
  private static final Text FIX_OTHER =
      new Text(
          "Write it again with kubectl create secret docker-registry, or remove it from"
              + " imagePullSecrets.",
          "请用 kubectl create secret docker-registry 重新创建，或从 imagePullSecrets 中移除。");
  private static final Text LISTED_MISSING =
      new Text(
          "The Secret %s/%s is listed but does not exist; kubelet goes on without it.",
          "Secret %s/%s 被引用但不存在，kubelet 会忽略它。");

  @Override
  public List<Finding> check(Facts facts) {
    List<Finding> findings = new ArrayList<>();
    if (!facts.subject().hasNamespace() || facts.namespace().isEmpty()) {
      return findings;
    }
    if (!facts.relevantPolicies().isEmpty()) {
      findings.addAll(pullSecret(facts));
    }
    facts.workload().secrets().forEach((name, read) -> other(name, read, facts, findings));
    return findings;
  }

  private static List<Finding> pullSecret(Facts facts) {
    String namespace = facts.subject().namespace();
    String name = facts.cluster().pullSecretName();
    Read<SecretFacts> read = facts.pullSecret();
    if (read.obstacle().isPresent()) {
      return List.of(Finding.notVisible(LinkName.SECRET, read.obstacle().get()));
    }
    Optional<SecretFacts> secret = read.value();
    if (secret.isEmpty()) {
      return List.of(missing(facts, namespace, name));
    }
    if (!secret.get().type().equals(TYPE)) {
      return List.of(
          Finding.broken(
              LinkName.SECRET,
              Reason.SecretOccupied.name(),
              OCCUPIED.with(namespace, name, secret.get().type()),
              DELETE_IT.with(namespace, name)));
    }
    List<Finding> findings = new ArrayList<>();
    content(facts, secret.get()).ifPresent(findings::add);
    if (findings.isEmpty()) {
      Object until = secret.get().expiresAt().<Object>map(time -> time).orElse(UNSPECIFIED);
      findings.add(Finding.ok(LinkName.SECRET, PRESENT.with(namespace, name, until)));
    }
    if (!secret.get().isOurs()) {
      findings.add(
          Finding.note(
              LinkName.SECRET, "SecretNotTakenOver", FOREIGN.with(namespace, name), Text.NONE));
    }
    return findings;
  }

  private static Finding missing(Facts facts, String namespace, String name) {
    return refusal(facts)
        .orElseGet(
            () ->
                Finding.broken(
                    LinkName.SECRET,
                    "SecretMissing",
                    MISSING.with(namespace, name),
                    WAITING.with(facts.relevantPolicies().get(0).name())));
  }

  /** What the API server says to the writes of the operator, from the status of a policy. */
  static Optional<Finding> refusal(Facts facts) {
    return facts.relevantPolicies().stream()
        .flatMap(policy -> policy.condition("Bound").stream())
        .filter(bound -> bound.getReason().equals(Reason.BindingFailed.name()))
        .map(SecretLink::refusal)
        .findFirst();
  }

  private static Finding refusal(Condition bound) {
    return Finding.broken(
        LinkName.SECRET,
        "WriteRefused",
        REFUSED.with(bound.getReason(), bound.getMessage()),
        SEE_BOUND);
  }

  private static Optional<Finding> content(Facts facts, SecretFacts secret) {
    String namespace = facts.subject().namespace();
    Instant now = facts.now();
    if (secret.expiresAt().filter(end -> !now.isBefore(end)).isPresent()) {
      return Optional.of(
          Finding.broken(
              LinkName.SECRET,
              "SecretExpired",
              EXPIRED.with(namespace, secret.name(), secret.expiresAt().get()),
              CHECK_OPERATOR));
    }
    for (ImageName image : facts.images()) {
      Optional<PolicyFacts> policy = DomainLink.serving(image, facts.relevantPolicies());
      boolean isThere = secret.keys().stream().anyMatch(image::isServedBy);
      if (policy.isPresent() && !isThere) {
        return Optional.of(
            refusal(facts)
                .orElse(
                    Finding.broken(
                        LinkName.SECRET,
                        "SecretLacksHost",
                        LACKS_HOST.with(namespace, secret.name(), image.host()),
                        WAITING.with(policy.get().name()))));
      }
    }
    return Optional.empty();
  }

  private static void other(
      String name, Read<SecretFacts> read, Facts facts, List<Finding> findings) {
    String namespace = facts.subject().namespace();
    read.value()
        .map(SecretFacts::defect)
        .filter(defect -> !defect.isEmpty())
        .ifPresent(
            defect ->
                findings.add(
                    Finding.broken(
                        LinkName.SECRET,
                        Reason.ImagePullSecretUnreadable.name(),
                        UNDECODABLE.with(namespace, name, defect),
                        FIX_OTHER)));
    boolean isPullSecret = name.equals(facts.cluster().pullSecretName());
    if (read.isAbsent() && !isPullSecret && facts.subject().kind() != Kind.NAMESPACE) {
      findings.add(
          Finding.note(
              LinkName.SECRET,
              "ListedSecretMissing",
              LISTED_MISSING.with(namespace, name),
              Text.NONE));
    }
    if (read.obstacle().isPresent() && !isPullSecret) {
      findings.add(Finding.notVisible(LinkName.SECRET, read.obstacle().get()));
    }
  }
}
