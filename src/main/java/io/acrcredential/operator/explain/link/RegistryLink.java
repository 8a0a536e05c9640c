// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.explain.facts.AcrHost;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.ImageName;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the identities are accepted, and whether each registry has a valid token. */
final class RegistryLink implements Link {

  /** The operator renews a token earlier than that unless something fails. */
  private static final Duration SOON = Duration.ofMinutes(5);

  private static final Text FRESH =
      new Text(
          "%s of policy %s: token valid until %s, by %s.", "策略 %2$s，%1$s：临时密码有效至 %3$s，身份为 %4$s。");
  private static final Text PENDING =
      new Text("%s of policy %s: the first token is being fetched.", "策略 %2$s，%1$s：正在获取第一个临时密码。");
  private static final Text FAILED = new Text("%s of policy %s: %s: %s", "策略 %2$s，%1$s：%3$s：%4$s");
  private static final Text STILL_VALID =
      new Text("The last token is valid until %s.", "上一个临时密码有效至 %s。");
  private static final Text EXPIRED =
      new Text(
          "%s of policy %s: the token has expired at %s and was not renewed.",
          "策略 %2$s，%1$s：临时密码已于 %3$s 过期，未续期。");
  private static final Text EXPIRING =
      new Text(
          "%s of policy %s: the token expires at %s, and should have been renewed by now.",
          "策略 %2$s，%1$s：临时密码将于 %3$s 过期，本应已续期。");
  private static final Text LOOK_AT_OPERATOR =
      new Text(
          "The operator should have renewed it: see the line \"operator\", and its log.",
          "operator 本应已续期：请查看“operator”一行及其日志。");
  private static final Text SKEW =
      new Text(
          "The clock of ACR in %s is %d s ahead of the operator's (negative = behind).",
          "%s 的 ACR 时钟比 operator 快 %d 秒（负数表示慢）。");
  private static final Text SET_CLOCK =
      new Text(
          "Set the clock of the operator's node; until then the operator corrects the times.",
          "请校准 operator 所在节点的时钟；在此之前 operator 会自行修正时间。");
  private static final Text OTHER_REGION =
      new Text("The host of the image is in region %s.", "镜像域名属于地域 %s。");
  private static final Text SET_REGION =
      new Text("Set region: %s in that item of the policy.", "请在策略的该项中设置 region: %s。");
  private static final Text UNKNOWN_REGION = new Text("an unknown region", "未知地域");
  private static final Text PERSONAL = new Text("Personal Edition in %s", "%s 的个人版");
  private static final Text INSTANCE = new Text("instance %s in %s", "实例 %s（%s）");

  @Override
  public List<Finding> check(Facts facts) {
    List<Finding> findings = new ArrayList<>();
    for (PolicyFacts policy : facts.relevantPolicies()) {
      if (policy.plan().suspended() || policy.isSuspendedByCredentialHelper()) {
        continue;
      }
      for (int i = 0; i < policy.registries().size(); i++) {
        RegistryStatus registry = policy.registries().get(i);
        boolean decides =
            registry.state() != State.Invalid && mayServe(policy.keys(i), facts.images());
        finding(policy, registry, facts.now())
            .map(found -> otherRegion(found, policy, registry, facts.images()))
            .map(found -> decides ? found : found.asNote())
            .filter(found -> decides || found.level() != Finding.Level.OK)
            .ifPresent(findings::add);
        skew(registry).ifPresent(findings::add);
      }
    }
    return findings;
  }

  /** A registry that has no domain yet may be the one that the image needs. */
  private static boolean mayServe(List<String> keys, List<ImageName> images) {
    return images.isEmpty()
        || keys.isEmpty()
        || images.stream().anyMatch(image -> keys.stream().anyMatch(image::isServedBy));
  }

  /** The host of the image tells the region, so an instance that does not exist may be there. */
  private static Finding otherRegion(
      Finding found, PolicyFacts policy, RegistryStatus registry, List<ImageName> images) {
    if (!found.code().equals("InstanceNotFound")) {
      return found;
    }
    return images.stream()
        .flatMap(image -> AcrHost.of(image.host()).stream())
        .map(AcrHost::region)
        .filter(region -> !region.equals(registry.region()))
        .findFirst()
        .map(
            region ->
                Finding.broken(
                    LinkName.REGISTRY,
                    "InstanceInOtherRegion",
                    found.what().and(OTHER_REGION.with(region)),
                    PolicyEdit.of(policy.name(), SET_REGION.with(region))))
        .orElse(found);
  }

  private static Optional<Finding> finding(
      PolicyFacts policy, RegistryStatus registry, Instant now) {
    Text name = name(registry);
    Optional<Instant> expiresAt = time(registry.expiresAt());
    if (registry.error() != null && registry.state() != State.Stale) {
      return Optional.of(failed(name, policy, registry.error()));
    }
    if (expiresAt.isEmpty()) {
      return registry.state() == State.Pending
          ? Optional.of(
              Finding.unknown(
                  LinkName.REGISTRY, "TokenPending", PENDING.with(name, policy.name()), Text.NONE))
          : Optional.empty();
    }
    if (!now.isBefore(expiresAt.get())) {
      return Optional.of(
          Finding.broken(
              LinkName.REGISTRY,
              "TokenExpired",
              EXPIRED.with(name, policy.name(), expiresAt.get()),
              LOOK_AT_OPERATOR));
    }
    if (registry.error() != null) {
      Finding failed = failed(name, policy, registry.error());
      return Optional.of(
          Finding.note(
              failed.link(),
              failed.code(),
              failed.what().and(STILL_VALID.with(expiresAt.get())),
              failed.advice()));
    }
    if (now.plus(SOON).isAfter(expiresAt.get()) && isOverdue(registry, now)) {
      return Optional.of(
          Finding.note(
              LinkName.REGISTRY,
              "TokenExpiring",
              EXPIRING.with(name, policy.name(), expiresAt.get()),
              LOOK_AT_OPERATOR));
    }
    return Optional.of(
        Finding.ok(
            LinkName.REGISTRY,
            FRESH.with(name, policy.name(), expiresAt.get(), registry.identity())));
  }

  private static boolean isOverdue(RegistryStatus registry, Instant now) {
    return time(registry.nextRefreshAt()).filter(next -> !now.isBefore(next)).isPresent();
  }

  private static Finding failed(Text name, PolicyFacts policy, RegistryError error) {
    return RegistryErrors.finding(
        error, FAILED.with(name, policy.name(), error.code(), error.message()));
  }

  private static Optional<Finding> skew(RegistryStatus registry) {
    return Optional.ofNullable(registry.clockOffsetSeconds())
        .map(
            seconds ->
                Finding.note(
                    LinkName.IDENTITY,
                    "ClockSkew",
                    SKEW.with(region(registry), seconds),
                    SET_CLOCK));
  }

  /** The name of a registry, for people. */
  static Text name(RegistryStatus registry) {
    return registry.instanceId() == null || registry.instanceId().isEmpty()
        ? PERSONAL.with(region(registry))
        : INSTANCE.with(registry.instanceId(), region(registry));
  }

  private static Object region(RegistryStatus registry) {
    return registry.region() == null || registry.region().isEmpty()
        ? UNKNOWN_REGION
        : registry.region();
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.ofNullable(text).map(Instant::parse);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
