// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.ImageName;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.ContainerFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.PodFacts;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether the pod uses the pull Secret, and what kubelet says. */
final class PodLink implements Link {

  private static final Text MISSING = new Text("The pod %s/%s does not exist.", "Pod %s/%s 不存在。");
  private static final Text PULLED = new Text("No container waits for its image.", "没有容器在等待镜像。");
  private static final Text OWN =
      new Text(
          "The pod names imagePullSecrets of its own (%s), so it gets none of its ServiceAccount's.",
          "Pod 自己声明了 imagePullSecrets（%s），因此不会使用其 ServiceAccount 的拉取凭证。");
  private static final Text EMPTY_ENTRY =
      new Text("an entry without a name, such as [{}]", "没有名称的条目，例如 [{}]");
  private static final Text REMOVE_OWN =
      new Text(
          "Remove imagePullSecrets from the pod template, add %s to it, or set injectPods: true in a"
              + " policy (docs/admission.md).",
          "请从 Pod 模板中删除 imagePullSecrets，或在其中添加 %s，或在策略中设置 injectPods: true"
              + "（docs/zh/admission.md）。");
  private static final Text NOT_INJECTED =
      new Text(
          "The pod names imagePullSecrets of its own (%s), and nothing adds the pull Secret to it:"
              + " policy %s has injectPods: true, but the installation does not serve it.",
          "Pod 自己声明了 imagePullSecrets（%s），且没有组件为其添加拉取凭证：策略 %s 设置了 injectPods: true，" + "但当前安装不支持。");
  private static final Text INSTALL_INJECTION =
      new Text(
          "Set the chart value admission.injectPods (docs/admission.md), then recreate the pod.",
          "请设置 Chart 值 admission.injectPods（docs/zh/admission.md），然后重建 Pod。");
  private static final Text OLDER_THAN_INJECTION =
      new Text(
          "The pod names imagePullSecrets of its own (%s) and was created at %s, before the pull"
              + " Secret was added to new pods for policy %s.",
          "Pod 自己声明了 imagePullSecrets（%s），创建于 %s，当时尚未按策略 %s 为新 Pod 添加拉取凭证。");
  private static final Text OLDER =
      new Text(
          "The pod was created at %s, before its ServiceAccount %s listed the pull Secret."
              + " imagePullSecrets are copied into a pod only when it is created.",
          "Pod 创建于 %s，当时其 ServiceAccount %s 尚未列出拉取凭证。imagePullSecrets 只在创建时复制到 Pod。");
  private static final Text RECREATE =
      new Text(
          "Delete the pod; its controller creates a new one (without a controller, create it again"
              + " yourself): kubectl -n %s delete pod %s",
          "请删除 Pod，其控制器会重新创建（没有控制器时请自行重建）：kubectl -n %s delete pod %s");
  private static final Text REFUSED =
      new Text(
          "The pod uses the pull Secret, but the registry refuses the pull: %s",
          "Pod 使用了拉取凭证，但镜像仓库拒绝拉取：%s");
  private static final Text CHECK_REPOSITORY =
      new Text(
          "If the login was added after the last attempt, recreate the pod. Otherwise check that the"
              + " repository exists, and that the identity may pull it: the RAM policy needs"
              + " cr:PullRepository.",
          "如果登录信息是在上次尝试之后加入的，请重建 Pod；否则请确认镜像仓库存在，且该身份有权拉取：" + "RAM 策略需要操作 cr:PullRepository。");
  private static final Text OTHER_REGISTRY =
      new Text(
          "The image %s is not served by a policy, so the pull Secret does not matter for it: %s",
          "镜像 %s 不由任何策略提供凭证，与拉取凭证无关：%s");
  private static final Text CHECK_IMAGE =
      new Text(
          "Check the name of the image, and the login for that registry.", "请检查镜像名称以及该镜像仓库的登录信息。");
  private static final Text NOT_FOUND =
      new Text("The registry does not have the image: %s", "镜像仓库中没有该镜像：%s");
  private static final Text CHECK_NAME =
      new Text("Correct the repository or the tag.", "请修正镜像仓库名称或标签。");
  private static final Text UNREACHABLE =
      new Text("The node does not reach the registry: %s", "节点无法访问镜像仓库：%s");
  private static final Text CHECK_NETWORK =
      new Text(
          "Check DNS and network of the node, and the access control of the instance in the ACR"
              + " console.",
          "请检查节点的 DNS 和网络，以及容器镜像服务控制台中该实例的访问控制。");
  private static final Text UNDECODABLE =
      new Text(
          "Kubelet cannot decode one of the Secrets that the pod lists: %s",
          "kubelet 无法解码 Pod 引用的某个 Secret：%s");
  private static final Text FIX_SECRET =
      new Text("Fix or remove that Secret: %s.", "请修复或移除该 Secret：%s。");
  private static final Text BACK_OFF =
      new Text(
          "The pod uses the pull Secret. Kubelet waits up to 5 minutes between two attempts: %s",
          "Pod 使用了拉取凭证。kubelet 两次尝试之间最多等待 5 分钟：%s");
  private static final Text RECREATE_OR_TAG =
      new Text(
          "Recreate the pod, or change the tag: kubelet then tries at once. kubectl -n %s delete"
              + " pod %s",
          "请重建 Pod 或修改镜像标签，kubelet 会立即重试：kubectl -n %s delete pod %s");
  private static final Text RECREATE_LATER =
      new Text(
          "The pod was created without the entry and never gets it.", "该 Pod 创建时没有该条目，之后也不会获得。");
  private static final Text AFTER_FIX =
      new Text(
          "After the fix above, delete the pod: kubectl -n %s delete pod %s",
          "完成上述修复后，请删除 Pod：kubectl -n %s delete pod %s");

  @Override
  public List<Finding> check(Facts facts) {
    if (facts.subject().kind() != Kind.POD) {
      return List.of();
    }
    if (facts.workload().pod().obstacle().isPresent()) {
      return List.of(Finding.notVisible(LinkName.POD, facts.workload().pod().obstacle().get()));
    }
    String namespace = facts.subject().namespace();
    String name = facts.subject().name();
    if (facts.pod().isEmpty()) {
      return List.of(
          Finding.broken(LinkName.POD, "PodNotFound", MISSING.with(namespace, name), Text.NONE));
    }
    PodFacts pod = facts.pod().get();
    if (isPulled(pod)) {
      return List.of(Finding.ok(LinkName.POD, PULLED));
    }
    return List.of(
        otherRegistry(facts, pod)
            .orElseGet(
                () ->
                    pod.pullSecrets().contains(facts.cluster().pullSecretName())
                        ? withEntry(facts, pod)
                        : withoutEntry(facts, pod)));
  }

  /** The pull Secret is not for the images that fail. A Secret that is unreadable blocks all. */
  private static Optional<Finding> otherRegistry(Facts facts, PodFacts pod) {
    List<String> failing =
        pod.containers().stream()
            .filter(ContainerFacts::isPullFailing)
            .map(ContainerFacts::image)
            .distinct()
            .toList();
    boolean isOther =
        !facts.relevantPolicies().isEmpty()
            && PullFailure.of(pod) != PullFailure.UNDECODABLE
            && failing.stream()
                .map(ImageName::parse)
                .allMatch(image -> DomainLink.isForeign(image, facts));
    return isOther
        ? Optional.of(
            Finding.broken(
                LinkName.POD,
                "ImageOfOtherRegistry",
                OTHER_REGISTRY.with(
                    String.join(", ", failing), PullFailure.messages(pod).findFirst().orElse("")),
                CHECK_IMAGE))
        : Optional.empty();
  }

  /** Whether no container of the pod waits for its image. */
  static boolean isPulled(PodFacts pod) {
    return pod.containers().stream().noneMatch(ContainerFacts::isPullFailing);
  }

  private static Finding withoutEntry(Facts facts, PodFacts pod) {
    String namespace = facts.subject().namespace();
    String name = facts.subject().name();
    String pullSecret = facts.cluster().pullSecretName();
    Optional<AccountFacts> account = facts.account();
    List<String> own = new ArrayList<>(pod.pullSecrets());
    account.ifPresent(found -> own.removeAll(new HashSet<>(found.pullSecrets())));
    boolean isOwnList = !own.isEmpty() || account.isEmpty() && !pod.pullSecrets().isEmpty();
    if (isOwnList) {
      Object shown = Set.copyOf(own).equals(Set.of("")) ? EMPTY_ENTRY : String.join(", ", own);
      return facts.relevantPolicies().stream()
          .filter(policy -> policy.plan().injectsPodsOf(pod.serviceAccount()))
          .findFirst()
          .map(policy -> notInjected(facts, pod, policy, shown))
          .orElseGet(
              () ->
                  Finding.broken(
                      LinkName.POD,
                      Reason.OwnImagePullSecrets.name(),
                      OWN.with(shown),
                      REMOVE_OWN.with(pullSecret)));
    }
    boolean isBound = account.filter(found -> found.pullSecrets().contains(pullSecret)).isPresent();
    return isBound
        ? Finding.broken(
            LinkName.POD,
            "PodOlderThanBinding",
            OLDER.with(pod.createdAt(), account.get().name()),
            RECREATE.with(namespace, name))
        : Finding.note(
            LinkName.POD, "PodWithoutEntry", RECREATE_LATER, AFTER_FIX.with(namespace, name));
  }

  /** A policy asks that the pod has the entry in spite of a list of its own. */
  private static Finding notInjected(
      Facts facts, PodFacts pod, PolicyFacts policy, Object ownList) {
    String reason = Reason.InjectionNotInstalled.name();
    boolean isNotInstalled =
        policy.condition("Accepted").filter(it -> it.getReason().equals(reason)).isPresent();
    return isNotInstalled
        ? Finding.broken(
            LinkName.POD, reason, NOT_INJECTED.with(ownList, policy.name()), INSTALL_INJECTION)
        : Finding.broken(
            LinkName.POD,
            "PodOlderThanInjection",
            OLDER_THAN_INJECTION.with(ownList, pod.createdAt(), policy.name()),
            RECREATE.with(facts.subject().namespace(), facts.subject().name()));
  }

  private static Finding withEntry(Facts facts, PodFacts pod) {
    String message = PullFailure.messages(pod).findFirst().orElse("");
    return switch (PullFailure.of(pod)) {
      case UNDECODABLE ->
          Finding.broken(
              LinkName.POD,
              Reason.ImagePullSecretUnreadable.name(),
              UNDECODABLE.with(message),
              FIX_SECRET.with(String.join(", ", pod.pullSecrets())));
      case UNREACHABLE ->
          Finding.broken(
              LinkName.POD, "RegistryUnreachable", UNREACHABLE.with(message), CHECK_NETWORK);
      case REFUSED ->
          Finding.broken(LinkName.POD, "PullRefused", REFUSED.with(message), CHECK_REPOSITORY);
      case NOT_FOUND ->
          Finding.broken(LinkName.POD, "ImageNotFound", NOT_FOUND.with(message), CHECK_NAME);
      case OTHER ->
          Finding.broken(
              LinkName.POD,
              "PullBackOff",
              BACK_OFF.with(message),
              RECREATE_OR_TAG.with(facts.subject().namespace(), facts.subject().name()));
    };
  }
}
