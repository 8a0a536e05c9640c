// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.explain.facts.AcrHost;
import io.acrcredential.operator.explain.facts.AcrHost.Network;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.ImageName;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a policy has a login for the host of each image, and whose host it probably is. */
final class DomainLink implements Link {

  private static final Text SERVED = new Text("%s is served by policy %s.", "%s 由策略 %s 提供凭证。");
  private static final Text PRIVATE =
      new Text(
          "%s is a VPC host: nodes without access to that VPC network cannot pull from it.",
          "%s 是专有网络域名，无法访问该网络的节点不能从它拉取。");
  private static final Text OUTSIDE =
      new Text("%s is a VPC host, and the node cannot reach it: %s", "%s 是专有网络域名，节点无法访问：%s");
  private static final Text USE_PUBLIC =
      new Text(
          "Use the public host in the image, or link the VPC of the nodes in the ACR console.",
          "请在镜像地址中改用公网域名，或在容器镜像服务控制台关联节点所在的专有网络。");
  private static final Text PREFIX =
      new Text(
          "%s: the policy %s has the host, but its repositoryPrefixes leave this repository out.",
          "%s：策略 %s 包含该域名，但其 repositoryPrefixes 不包含此镜像仓库。");
  private static final Text ADD_PREFIX =
      new Text("Add the prefix: kubectl edit acrpol %s", "请添加前缀：kubectl edit acrpol %s");
  private static final Text OTHER_POLICY =
      new Text(
          "%s: only policy %s has this host, and it does not cover the subject.",
          "%s：只有策略 %s 包含该域名，但它不覆盖此对象。");
  private static final Text COVER =
      new Text(
          "Extend spec.targets of that policy, or add the registry to one that covers it.",
          "请扩大该策略的 spec.targets，或在覆盖此对象的策略中添加该实例。");
  private static final Text UNKNOWN =
      new Text("%s: the domains of policy %s are not known yet.", "%s：策略 %s 的域名尚不可知。");
  private static final Text NO_ENDPOINT =
      new Text(
          "%s: %s of policy %s has other hosts (%s), not this one.",
          "%s：策略 %3$s 的%2$s有其他域名（%4$s），没有这一个。");
  private static final Text ENABLE_ENDPOINT =
      new Text(
          "Enable %s access of the instance in the ACR console, and add the host to domains if the"
              + " policy lists them.",
          "请在容器镜像服务控制台开启该实例的%s访问；如果策略列出了 domains，也请加入该域名。");
  private static final Text PUBLIC_ACCESS = new Text("public", "公网");
  private static final Text VPC_ACCESS = new Text("VPC", "专有网络");
  private static final Text NOT_IN_POLICY =
      new Text("%s: no policy has this host. It is %s.", "%s：没有策略包含该域名。它是%s。");
  private static final Text ENTERPRISE =
      new Text(
          "probably the Enterprise Edition instance named %s in region %s",
          "（很可能是）地域 %2$s 中名为 %1$s 的企业版实例");
  private static final Text PERSONAL =
      new Text("the shared Personal Edition host of region %s", "地域 %s 的个人版共享域名");
  private static final Text PERSONAL_INSTANCE =
      new Text("the Personal Edition instance %s in region %s", "地域 %2$s 的个人版实例 %1$s");
  private static final Text ADD_ENTERPRISE =
      new Text(
          "Add to spec.registries: {instanceId: cri-… (see the ACR console), region: %s}",
          "请在 spec.registries 中添加：{instanceId: cri-…（见容器镜像服务控制台）, region: %s}");
  private static final Text ADD_PERSONAL =
      new Text("Add to spec.registries: {region: %s}", "请在 spec.registries 中添加：{region: %s}");
  private static final Text ADD_PERSONAL_INSTANCE =
      new Text(
          "Add to spec.registries: {instanceId: %s, region: %s}",
          "请在 spec.registries 中添加：{instanceId: %s, region: %s}");
  private static final Text FOREIGN =
      new Text(
          "%s is no official host of ACR: another registry, or a custom domain of an instance.",
          "%s 不是 ACR 的官方域名：可能是其他镜像仓库，或实例的自定义域名。");
  private static final Text ADD_CUSTOM =
      new Text(
          "If it is a custom domain, check that the instance lists it, or add it to domains.",
          "如果是自定义域名，请确认实例中已配置，或将其加入 domains。");

  @Override
  public List<Finding> check(Facts facts) {
    List<Finding> findings = new ArrayList<>();
    if (facts.cluster().policies().value().isPresent()) {
      for (ImageName image : facts.images()) {
        findings.addAll(check(image, facts));
      }
    }
    return findings;
  }

  private static List<Finding> check(ImageName image, Facts facts) {
    List<PolicyFacts> relevant = facts.relevantPolicies();
    Optional<AcrHost> host = AcrHost.of(image.host());
    Optional<PolicyFacts> serving = serving(image, relevant);
    if (serving.isPresent()) {
      List<Finding> findings = new ArrayList<>();
      findings.add(Finding.ok(LinkName.DOMAIN, SERVED.with(image.host(), serving.get().name())));
      host.filter(AcrHost::isPrivate).ifPresent(found -> findings.add(network(image, facts)));
      return findings;
    }
    for (PolicyFacts policy : relevant) {
      if (policy.keys().stream().anyMatch(key -> key.startsWith(image.host() + "/"))) {
        return List.of(
            Finding.broken(
                LinkName.DOMAIN,
                "RepositoryNotCovered",
                PREFIX.with(image, policy.name()),
                PolicyEdit.of(policy.name(), ADD_PREFIX.with(policy.name()))));
      }
    }
    return List.of(notServed(image, host, facts));
  }

  private static Finding notServed(ImageName image, Optional<AcrHost> host, Facts facts) {
    Optional<Finding> unknown = unknown(image, facts);
    Optional<PolicyFacts> other = serving(image, facts.policies());
    if (other.isPresent()) {
      return unknown.orElseGet(
          () ->
              Finding.broken(
                  LinkName.DOMAIN,
                  "HostInOtherPolicy",
                  OTHER_POLICY.with(image.host(), other.get().name()),
                  PolicyEdit.of(other.get().name(), COVER)));
    }
    if (host.isEmpty()) {
      return Finding.note(
          LinkName.DOMAIN,
          "ForeignHost",
          FOREIGN.with(image.host()),
          PolicyEdit.of(changeable(facts), ADD_CUSTOM));
    }
    return sameRegistry(image, host.get(), facts)
        .or(() -> unknown)
        .orElseGet(
            () ->
                Finding.broken(
                    LinkName.DOMAIN,
                    "HostNotInPolicy",
                    NOT_IN_POLICY.with(image.host(), describe(host.get())),
                    PolicyEdit.of(changeable(facts), add(host.get()))));
  }

  /** The policies that can get the host of an image. */
  private static List<PolicyFacts> changeable(Facts facts) {
    List<PolicyFacts> relevant = facts.relevantPolicies();
    return relevant.isEmpty() ? facts.policies() : relevant;
  }

  /** A registry whose domains are not known may be the one that the image needs. */
  private static Optional<Finding> unknown(ImageName image, Facts facts) {
    return facts.relevantPolicies().stream()
        .filter(DomainLink::hasUnknownDomains)
        .findFirst()
        .map(
            policy ->
                Finding.unknown(
                    LinkName.DOMAIN,
                    "DomainsUnknown",
                    UNKNOWN.with(image.host(), policy.name()),
                    Text.NONE));
  }

  private static boolean hasUnknownDomains(PolicyFacts policy) {
    return policy.registries().isEmpty()
        || policy.registries().stream()
            .filter(registry -> registry.state() != State.Invalid)
            .anyMatch(registry -> registry.domains() == null || registry.domains().isEmpty());
  }

  /** Whether the host belongs neither to ACR nor, as far as known, to a registry of a policy. */
  static boolean isForeign(ImageName image, Facts facts) {
    return facts.relevantPolicies().stream().noneMatch(DomainLink::hasUnknownDomains)
        && check(image, facts).stream().anyMatch(found -> found.code().equals("ForeignHost"));
  }

  /** A registry of a policy that has another host of the same instance. */
  private static Optional<Finding> sameRegistry(ImageName image, AcrHost host, Facts facts) {
    for (PolicyFacts policy : facts.relevantPolicies()) {
      for (RegistryStatus registry : policy.registries()) {
        List<String> domains = registry.domains() == null ? List.of() : registry.domains();
        boolean isSame =
            domains.stream()
                .flatMap(domain -> AcrHost.of(domain).stream())
                .anyMatch(host::isSameRegistry);
        if (isSame) {
          return Optional.of(
              Finding.broken(
                  LinkName.DOMAIN,
                  "DomainWithoutEndpoint",
                  NO_ENDPOINT.with(
                      image.host(),
                      RegistryLink.name(registry),
                      policy.name(),
                      String.join(", ", domains)),
                  ENABLE_ENDPOINT.with(
                      host.network() == Network.PUBLIC ? PUBLIC_ACCESS : VPC_ACCESS)));
        }
      }
    }
    return Optional.empty();
  }

  private static Finding network(ImageName image, Facts facts) {
    return PullFailure.unreachable(facts, image)
        .map(
            message ->
                Finding.broken(
                    LinkName.DOMAIN,
                    "VpcHostUnreachable",
                    OUTSIDE.with(image.host(), message),
                    USE_PUBLIC))
        .orElseGet(
            () -> Finding.note(LinkName.DOMAIN, "VpcHost", PRIVATE.with(image.host()), Text.NONE));
  }

  /** The first of the policies that has a login for the image, as far as their status says. */
  static Optional<PolicyFacts> serving(ImageName image, List<PolicyFacts> policies) {
    return policies.stream()
        .filter(policy -> policy.keys().stream().anyMatch(image::isServedBy))
        .findFirst();
  }

  private static Text describe(AcrHost host) {
    return switch (host.edition()) {
      case ENTERPRISE -> ENTERPRISE.with(host.name(), host.region());
      case PERSONAL -> PERSONAL.with(host.region());
      case PERSONAL_INSTANCE -> PERSONAL_INSTANCE.with(host.name(), host.region());
    };
  }

  private static Text add(AcrHost host) {
    return switch (host.edition()) {
      case ENTERPRISE -> ADD_ENTERPRISE.with(host.region());
      case PERSONAL -> ADD_PERSONAL.with(host.region());
      case PERSONAL_INSTANCE -> ADD_PERSONAL_INSTANCE.with(host.name(), host.region());
    };
  }
}
