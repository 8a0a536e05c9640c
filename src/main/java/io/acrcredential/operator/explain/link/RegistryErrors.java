// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import io.acrcredential.operator.explain.finding.Text;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an error in the status of a registry means. Codes are matched by prefix, as the operator
 * matches those of the services; the first match wins.
 */
public final class RegistryErrors {

  private static final Pattern ACTION = Pattern.compile("\\b(cr|sts):[A-Za-z]+");

  /**
   * A kind of error.
   *
   * @param prefix of the codes
   * @param code of the finding
   * @param advice in Chinese; in English it is the operator's own
   */
  private record Kind(String prefix, LinkName link, String code, String advice) {}

  private static final List<Kind> KINDS =
      List.of(
          identity(
              "InvalidAccessKeyId.Inactive", "AccessKeyDisabled", "请在 RAM 控制台启用该 AccessKey，或更换。"),
          identity("InvalidAccessKeyId", "AccessKeyUnknown", "请在 Secret 中写入有效的 AccessKey。"),
          identity("SignatureDoesNotMatch", "AccessKeyWrong", "请检查 Secret 中的两个键，并注意多余的换行。"),
          identity("IncompleteSignature", "AccessKeyWrong", "请检查 Secret 中的两个键，并注意多余的换行。"),
          identity("InvalidTimeStamp", "ClockSkew", "请校准运行 operator 的节点的时钟。"),
          identity("InvalidSecurityToken", "CredentialsExpired", "临时凭证已过期，operator 会重新获取。"),
          identity(
              "MissingSecurityToken", "CredentialsExpired", "请设置 ALIBABA_CLOUD_SECURITY_TOKEN。"),
          identity("EntityNotExist.Role", "RoleRefused", "角色不存在：请检查 ARN 中的账号和名称。"),
          identity("AuthenticationFail", "RoleRefused", "请检查角色的信任策略、OIDC 身份提供商和 RRSA 配置。"),
          identity("InvalidParameter", "RoleRefused", "请检查该实例的 credentials 字段。"),
          identity("Credentials", "IdentityMissing", "请按上面的说明提供身份（docs/zh/identities.md）。"),
          identity("OidcTokenMissing", "IdentityMissing", "请启用 RRSA 并挂载投射的 Token，然后重启 Pod。"),
          identity("TokenFile", "IdentityMissing", "请检查 ACK 的 Token 文件，或改用其他身份。"),
          identity("NoInstanceRole", "IdentityMissing", "请为节点绑定 RAM 角色，或改用其他身份。"),
          registry("StatusForbidden", "ServiceNotActive", "请确认该账号已开通容器镜像服务且未欠费。"),
          registry("Forbidden", "RamDenied", "请在 RAM 策略中添加操作 %s。"),
          registry("NoPermission", "RamDenied", "请在 RAM 策略中添加操作 %s。"),
          registry("INSTANCE_NOT_EXIST", "InstanceNotFound", "请检查 instanceId、region 以及使用的是谁的身份。"),
          registry(
              "USER_NOT_EXIST", "NoPersonalEdition", "请在容器镜像服务控制台以该用户设置一次固定密码，或填写 instanceId。"),
          registry("NoDomains", "InstanceHasNoEndpoint", "请在控制台开启公网或专有网络访问，或在策略中填写 domains。"),
          registry("RegionUnknown", "RegionUnknown", "请在策略中填写 region，或设置 ACR_REGION。"),
          registry("Throttling", "Throttled", "无需处理：operator 会放慢速度重试。"),
          registry("ServiceUnavailable", "ServiceUnavailable", "无需处理：服务暂不可用，operator 会重试。"),
          registry("InternalError", "InternalError", "无需处理：服务内部错误，operator 会重试。"),
          registry("UnknownHost", "Unreachable", "请检查地域名称、ACR_ENDPOINT 设置和 DNS。"),
          registry("Dns", "Unreachable", "请检查集群的 DNS。"),
          registry("Timeout", "Unreachable", "请检查网络、ACR_NETWORK 和代理设置。"),
          registry("ConnectionFailed", "Unreachable", "请检查网络、ACR_NETWORK 和代理设置。"),
          registry("InvalidResponse", "Unreachable", "请检查端点和代理设置，以及节点的时钟。"),
          registry("Invalid", "RegistryInvalid", "请按说明修正策略。"),
          registry("", "RegistryError", "请按上面的说明处理。"));

  private RegistryErrors() {}

  private static Kind identity(String prefix, String code, String advice) {
    return new Kind(prefix, LinkName.IDENTITY, code, advice);
  }

  private static Kind registry(String prefix, String code, String advice) {
    return new Kind(prefix, LinkName.REGISTRY, code, advice);
  }

  /**
   * The finding for the error.
   *
   * @param what the sentence about the registry and its error
   */
  static Finding finding(RegistryError error, Text what) {
    Kind kind = kind(error);
    Text advice = advice(error);
    return switch (kind.code()) {
      case "Throttled", "ServiceUnavailable", "InternalError", "CredentialsExpired" ->
          Finding.unknown(kind.link(), kind.code(), what, advice);
      default -> Finding.broken(kind.link(), kind.code(), what, advice);
    };
  }

  /** What to do about the error. */
  public static Text advice(RegistryError error) {
    return new Text(
        error.advice() == null ? "" : error.advice(),
        kind(error).advice().formatted(action(error)));
  }

  private static Kind kind(RegistryError error) {
    String code = error.code() == null ? "" : error.code();
    Kind found =
        KINDS.stream()
            .filter(kind -> code.regionMatches(true, 0, kind.prefix(), 0, kind.prefix().length()))
            .findFirst()
            .orElseThrow();
    // The same code comes from ACR and from STS.
    return found.code().equals("RamDenied") && action(error).startsWith("sts:")
        ? identity(found.prefix(), "RoleRefused", "调用方不能扮演该角色：请授予 %s，或检查角色的信任策略。")
        : found;
  }

  /** The RAM action that the advice names; a question mark if it names none. */
  private static String action(RegistryError error) {
    Matcher action = ACTION.matcher(error.advice() == null ? "" : error.advice());
    return action.find() ? action.group() : "?";
  }
}
