// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import static io.acrcredential.operator.explain.link.ExampleFacts.EXPIRY;
import static io.acrcredential.operator.explain.link.ExampleFacts.HOST;
import static io.acrcredential.operator.explain.link.ExampleFacts.NOW;
import static io.acrcredential.operator.explain.link.ExampleFacts.PULL_SECRET;
import static io.acrcredential.operator.explain.link.ExampleFacts.SPEC;
import static io.acrcredential.operator.explain.link.ExampleFacts.VPC_HOST;

import io.acrcredential.operator.explain.facts.ClusterFacts.AdmissionFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.LeaseFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.OperatorPod;
import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.explain.facts.SecretFacts;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Finding.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** One thing that is wrong, the finding that it must lead to, and what kubectl shows of it. */
public enum Scenario {
  // operator
  OPERATOR_NOT_RUNNING(
      Level.BROKEN,
      "OperatorNotRunning",
      "`kubectl -n acr-credential-operator get pods` shows none",
      "`kubectl -n acr-credential-operator get pods` 没有输出",
      facts -> {
        facts.operatorPods = new Read.Found<>(List.of());
        facts.lease = released();
      }),
  OPERATOR_NOT_READY(
      Level.BROKEN,
      "OperatorNotReady",
      "the pod of the operator is `0/1`",
      "operator 的 Pod 为 `0/1`",
      facts -> {
        facts.operatorPods =
            new Read.Found<>(List.of(new OperatorPod("acr-credential-operator-0", false)));
        facts.lease = released();
      }),
  OPERATOR_NOT_LEADING(
      Level.BROKEN,
      "OperatorNotLeading",
      "the Lease is not renewed",
      "Lease 没有续约",
      facts ->
          facts.lease =
              new Read.Found<>(
                  new LeaseFacts(
                      "acr-credential-operator-0", NOW.minusSeconds(600), Duration.ofSeconds(10)))),
  TWO_OPERATORS(
      Level.NOTE,
      "TwoOperators",
      "two Deployments of the operator, one pod is not ready",
      "有两个 operator 的 Deployment，其中一个 Pod 未就绪",
      facts ->
          facts.installations =
              new Read.Found<>(List.of("acr-credential-operator", "acr-staging"))),
  // ConfigMap
  CREDENTIAL_HELPER_RUNNING(
      Level.BROKEN,
      "CredentialHelperRunning",
      "`kubectl get acrpol acr-configuration`: `CredentialHelperRunning`",
      "`kubectl get acrpol acr-configuration`：`CredentialHelperRunning`",
      facts -> {
        facts.credentialHelper = new Read.Found<>(true);
        facts.with(
            ExampleFacts.policy(
                "acr-configuration",
                SPEC,
                ExampleFacts.status(
                    ExampleFacts.registry("Suspended", "[]", "error: null"),
                    "Ready",
                    "CredentialHelperRunning: it runs")));
      }),
  CONFIG_MAP_UNREADABLE(
      Level.BROKEN,
      "ConfigMapUnreadable",
      "a Warning Event `Unreadable` on the ConfigMap",
      "ConfigMap 上有 Warning 事件 `Unreadable`",
      facts -> {
        facts.policies.clear();
        facts.withConfigMap("acr-registry-info", "- instanceId: [cri-abc\n  regionId: {");
      }),
  CONFIG_MAP_KEY_MISSPELT(
      Level.NOTE,
      "ConfigMapKeyUnknown",
      "a Warning Event `UnknownKey` on the ConfigMap",
      "ConfigMap 上有 Warning 事件 `UnknownKey`",
      facts ->
          facts.withConfigMap(
              "acr-registry-info", "- instanceId: cri-abc\n", "watch-namespaces", "all")),
  // policy
  NOT_INSTALLED(
      Level.BROKEN,
      "NotInstalled",
      "`the server doesn't have a resource type \"acrpol\"`",
      "`the server doesn't have a resource type \"acrpol\"`",
      facts -> facts.policyRead = new Read.Absent<>()),
  NO_POLICY(
      Level.BROKEN,
      "NoPolicy",
      "`kubectl get acrpol`: `No resources found`",
      "`kubectl get acrpol`：`No resources found`",
      facts -> facts.policies.clear()),
  NOT_COVERED_BY_LABEL(
      Level.BROKEN,
      "NotCovered",
      "the namespace has no pull Secret",
      "命名空间中没有拉取凭证",
      facts -> {
        facts.namespaceLabels = Map.of("team", "b");
        facts.secrets.put(PULL_SECRET, new Read.Absent<>());
        facts.accountSecrets = List.of();
        facts.podSecrets = List.of();
      }),
  NOT_COVERED_BY_NAME(
      Level.BROKEN,
      "NotCovered",
      "the ServiceAccount has no entry, others of the namespace do",
      "该 ServiceAccount 没有条目，同一命名空间的其他 ServiceAccount 有",
      facts -> {
        facts.account = "builder";
        facts.accountSecrets = List.of();
        facts.podSecrets = List.of();
      }),
  NAMESPACE_EXCLUDED(
      Level.BROKEN,
      "NamespaceExcluded",
      "the condition `Bound` says `excluded by ACR_EXCLUDED_NAMESPACES`",
      "条件 `Bound` 中有 `excluded by ACR_EXCLUDED_NAMESPACES`",
      facts -> facts.excluded = Set.of("team-a")),
  SUSPENDED(
      Level.BROKEN,
      "Suspended",
      "`kubectl get acrpol`: `Suspended`",
      "`kubectl get acrpol`：`Suspended`",
      facts -> facts.with(ExampleFacts.policy("production", SPEC + "suspend: true\n", ""))),
  POLICY_INVALID(
      Level.BROKEN,
      "Invalid",
      "`kubectl get acrpol`: `Invalid`",
      "`kubectl get acrpol`：`Invalid`",
      facts ->
          facts.with(
              ExampleFacts.policy(
                  "production",
                  SPEC,
                  ExampleFacts.status(
                      ExampleFacts.freshRegistry(),
                      "Accepted",
                      "Invalid: spec.registries[0].region is wrong")))),
  POLICY_PARTLY_ACCEPTED(
      Level.NOTE,
      "PartlyAccepted",
      "`kubectl get acrpol`: `PartlyAccepted`",
      "`kubectl get acrpol`：`PartlyAccepted`",
      facts ->
          facts.with(
              ExampleFacts.policy(
                  "production",
                  SPEC,
                  ExampleFacts.status(
                      ExampleFacts.freshRegistry(),
                      "Accepted",
                      "PartlyAccepted: spec.registries[1].region is wrong")))),
  POLICY_NOT_PROCESSED(
      Level.UNKNOWN,
      "PolicyNotProcessed",
      "`kubectl get acrpol` shows no status",
      "`kubectl get acrpol` 没有状态",
      facts -> facts.with(ExampleFacts.policy("production", SPEC, ""))),
  // identity
  IDENTITY_MISSING(
      Level.BROKEN,
      "IdentityMissing",
      "`kubectl get acrpol`: `CredentialsMissing`",
      "`kubectl get acrpol`：`CredentialsMissing`",
      facts ->
          facts.withRegistry(
              ExampleFacts.failed(
                  "CredentialsMissing",
                  "The operator has no identity of its own",
                  "Create it: kubectl -n acr-credential-operator create secret generic"
                      + " alibaba-addon-secret --from-file=access-key-id=./id.txt"
                      + " --from-file=access-key-secret=./secret.txt"))),
  ACCESS_KEY_DISABLED(
      Level.BROKEN,
      "AccessKeyDisabled",
      "`kubectl get acrpol`: `AccessDenied`",
      "`kubectl get acrpol`：`AccessDenied`",
      facts ->
          facts.withRegistry(
              ExampleFacts.failed(
                  "InvalidAccessKeyId.Inactive",
                  "Specified access key is disabled.",
                  "The AccessKey is disabled: enable it in the RAM console or use another."))),
  CLOCK_TOO_WRONG(
      Level.BROKEN,
      "ClockSkew",
      "`kubectl get acrpol`: `Unreachable`, with the code `InvalidTimeStamp`",
      "`kubectl get acrpol`：`Unreachable`，错误码为 `InvalidTimeStamp`",
      facts ->
          facts.withRegistry(
              ExampleFacts.failed(
                  "InvalidTimeStamp.Expired",
                  "Specified time stamp or date value is expired.",
                  "The clock of this node is off by more than 15 minutes: set it right."))),
  CLOCK_CORRECTED(
      Level.NOTE,
      "ClockSkew",
      "`clockOffsetSeconds` in the status of the policy",
      "策略状态中有 `clockOffsetSeconds`",
      facts ->
          facts.withRegistry(
              ExampleFacts.registry(
                  "Fresh", "[" + HOST + "]", "expiresAt: " + EXPIRY + ", clockOffsetSeconds: 90"))),
  ROLE_REFUSED(
      Level.BROKEN,
      "RoleRefused",
      "`kubectl get acrpol`: `AccessDenied`, with the code `NoPermission`",
      "`kubectl get acrpol`：`AccessDenied`，错误码为 `NoPermission`",
      facts ->
          facts.withRegistry(
              ExampleFacts.failed(
                  "NoPermission",
                  "You are not authorized to do this action.",
                  "The caller is not allowed to assume the role: its RAM policy lacks"
                      + " sts:AssumeRole."))),
  // registry
  RAM_DENIED(
      Level.BROKEN,
      "RamDenied",
      "`kubectl get acrpol`: `AccessDenied`, with the code `Forbidden.RAM`",
      "`kubectl get acrpol`：`AccessDenied`，错误码为 `Forbidden.RAM`",
      facts ->
          facts.withRegistry(
              ExampleFacts.failed(
                  "Forbidden.RAM",
                  "User not authorized to operate on the specified resource.",
                  "The RAM policy lacks cr:GetAuthorizationToken: add it."))),
  INSTANCE_IN_OTHER_REGION(
      Level.BROKEN,
      "InstanceInOtherRegion",
      "`kubectl get acrpol`: `InstanceNotFound`, with the code `INSTANCE_NOT_EXIST`",
      "`kubectl get acrpol`：`InstanceNotFound`，错误码为 `INSTANCE_NOT_EXIST`",
      facts -> {
        facts.image = "acme-registry.cn-beijing.cr.aliyuncs.com/team/app:1";
        facts.withRegistry(
            ExampleFacts.failed(
                "INSTANCE_NOT_EXIST",
                "The instance does not exist.",
                "No such instance in this region for this account: check instanceId, region and"
                    + " whose AccessKey is used."));
      }),
  INSTANCE_WITHOUT_ENDPOINT(
      Level.BROKEN,
      "InstanceHasNoEndpoint",
      "`kubectl get acrpol`: `NoDomains`",
      "`kubectl get acrpol`：`NoDomains`",
      facts ->
          facts.withRegistry(
              ExampleFacts.failed(
                  "NoDomains",
                  "The instance lists no domain to use its token for",
                  "Enable its public or VPC access in the ACR console, or set domains in the"
                      + " policy."))),
  TOKEN_EXPIRED(
      Level.BROKEN,
      "TokenExpired",
      "`unauthorized: authentication required`",
      "`unauthorized: authentication required`",
      facts -> {
        facts.withRegistry(
            ExampleFacts.registry("Fresh", "[" + HOST + "]", "expiresAt: 2026-01-01T11:00:00Z"));
        facts.lease = released();
      }),
  TOKEN_EXPIRING(
      Level.NOTE,
      "TokenExpiring",
      "`NEXT REFRESH` of `kubectl get acrpol -o wide` lies in the past",
      "`kubectl get acrpol -o wide` 的 `NEXT REFRESH` 已过去",
      facts ->
          facts.withRegistry(
              ExampleFacts.registry(
                  "Fresh",
                  "[" + HOST + "]",
                  "expiresAt: 2026-01-01T12:03:00Z, nextRefreshAt: 2026-01-01T11:45:00Z"))),
  UNREACHABLE(
      Level.BROKEN,
      "Unreachable",
      "`kubectl get acrpol`: `Unreachable`",
      "`kubectl get acrpol`：`Unreachable`",
      facts ->
          facts.withRegistry(
              ExampleFacts.failed(
                  "Timeout",
                  "https://cr.cn-hangzhou.aliyuncs.com: no answer within 10 s",
                  "Check the route from the cluster to the endpoint, ACR_NETWORK and the proxy"
                      + " settings."))),
  // domain
  HOST_NOT_IN_POLICY(
      Level.BROKEN,
      "HostNotInPolicy",
      "`insufficient_scope: authorization failed`",
      "`insufficient_scope: authorization failed`",
      facts -> facts.image = "other-registry.cn-shanghai.cr.aliyuncs.com/team/app:1"),
  HOST_OF_PERSONAL_EDITION(
      Level.BROKEN,
      "HostNotInPolicy",
      "`pull access denied` for `registry.cn-hangzhou.aliyuncs.com`",
      "拉取 `registry.cn-hangzhou.aliyuncs.com` 时 `pull access denied`",
      facts -> facts.image = "registry.cn-hangzhou.aliyuncs.com/team/app:1"),
  HOST_IN_OTHER_POLICY(
      Level.BROKEN,
      "HostInOtherPolicy",
      "`insufficient_scope: authorization failed`, in this namespace alone",
      "`insufficient_scope: authorization failed`，仅在此命名空间",
      facts -> {
        facts.image = "other-registry.cn-shanghai.cr.aliyuncs.com/team/app:1";
        facts.policies.add(
            ExampleFacts.policy(
                "shared",
                "registries: [{instanceId: cri-other, region: cn-shanghai}]\n",
                ExampleFacts.status(
                    ExampleFacts.registry(
                        "Fresh",
                        "[other-registry.cn-shanghai.cr.aliyuncs.com]",
                        "expiresAt: " + EXPIRY),
                    "",
                    "")));
      }),
  REPOSITORY_NOT_COVERED(
      Level.BROKEN,
      "RepositoryNotCovered",
      "`insufficient_scope: authorization failed` for some repositories of the host",
      "只有该域名的部分镜像仓库 `insufficient_scope: authorization failed`",
      facts ->
          facts.with(
              ExampleFacts.policy(
                  "production",
                  SPEC.replace("cn-hangzhou}", "cn-hangzhou, repositoryPrefixes: [team-b]}"),
                  ExampleFacts.status(ExampleFacts.freshRegistry(), "", "")))),
  DOMAIN_WITHOUT_ENDPOINT(
      Level.BROKEN,
      "DomainWithoutEndpoint",
      "`insufficient_scope: authorization failed` for the host with `-vpc` alone",
      "仅带 `-vpc` 的域名 `insufficient_scope: authorization failed`",
      facts -> {
        facts.image = VPC_HOST + "/team/app:1";
        facts.withRegistry(
            ExampleFacts.registry("Fresh", "[" + HOST + "]", "expiresAt: " + EXPIRY));
      }),
  DOMAINS_UNKNOWN(
      Level.UNKNOWN,
      "DomainsUnknown",
      "`kubectl get acrpol`: the policy is seconds old",
      "`kubectl get acrpol`：策略刚创建几秒",
      facts -> facts.withRegistry(ExampleFacts.registry("Pending", "[]", "error: null"))),
  VPC_HOST_FROM_OUTSIDE(
      Level.BROKEN,
      "VpcHostUnreachable",
      "`no such host` for a host with `-vpc`",
      "带 `-vpc` 的域名 `no such host`",
      facts -> {
        facts.image = VPC_HOST + "/team/app:1";
        facts.message =
            "Failed to pull image: dial tcp: lookup "
                + VPC_HOST
                + " on 10.96.0.10:53: no such host";
      }),
  CUSTOM_DOMAIN(
      Level.NOTE,
      "ForeignHost",
      "`pull access denied` for a domain of your own",
      "自定义域名 `pull access denied`",
      facts -> facts.image = "img.example.cn/team/app:1"),
  // pull Secret
  SECRET_MISSING(
      Level.BROKEN,
      "SecretMissing",
      "a Warning Event `FailedToRetrieveImagePullSecret`",
      "Warning 事件 `FailedToRetrieveImagePullSecret`",
      facts -> facts.secrets.put(PULL_SECRET, new Read.Absent<>())),
  QUOTA(
      Level.BROKEN,
      "WriteRefused",
      "`kubectl get acrpol`: `BindingFailed`",
      "`kubectl get acrpol`：`BindingFailed`",
      facts -> {
        facts.secrets.put(PULL_SECRET, new Read.Absent<>());
        facts.with(
            ExampleFacts.policy(
                "production",
                SPEC,
                ExampleFacts.status(
                    ExampleFacts.freshRegistry(),
                    "Bound",
                    "BindingFailed: namespace team-a: a ResourceQuota of the namespace is"
                        + " exhausted, raise it or delete what it counts")));
      }),
  SECRET_OCCUPIED(
      Level.BROKEN,
      "SecretOccupied",
      "`kubectl get acrpol`: `SecretOccupied`",
      "`kubectl get acrpol`：`SecretOccupied`",
      facts ->
          facts.secrets.put(
              PULL_SECRET,
              new Read.Found<>(
                  new SecretFacts(PULL_SECRET, "Opaque", false, Optional.empty(), List.of(), "")))),
  SECRET_EXPIRED(
      Level.BROKEN,
      "SecretExpired",
      "`unauthorized: authentication required`",
      "`unauthorized: authentication required`",
      facts ->
          facts.secrets.put(
              PULL_SECRET,
              new Read.Found<>(ExampleFacts.secret(Instant.parse("2026-01-01T11:30:00Z"), HOST)))),
  SECRET_LACKS_HOST(
      Level.BROKEN,
      "SecretLacksHost",
      "`no basic auth credentials`, right after a change of the policy",
      "刚修改策略后 `no basic auth credentials`",
      facts -> facts.secrets.put(PULL_SECRET, new Read.Found<>(ExampleFacts.secret(EXPIRY)))),
  SECRET_UNDECODABLE(
      Level.BROKEN,
      "ImagePullSecretUnreadable",
      "`illegal base64 data at input byte 8`, for public images too",
      "`illegal base64 data at input byte 8`，公共镜像也一样",
      facts -> {
        facts.podSecrets = List.of("old-login", PULL_SECRET);
        facts.secrets.put(
            "old-login",
            new Read.Found<>(
                new SecretFacts(
                    "old-login",
                    "kubernetes.io/dockerconfigjson",
                    false,
                    Optional.empty(),
                    List.of("docker.io"),
                    "auth of docker.io is not base64 of user:password")));
      }),
  // ServiceAccount
  NOT_BOUND_YET(
      Level.BROKEN,
      "NotBoundYet",
      "the Secret exists, `imagePullSecrets` of the ServiceAccount is empty",
      "Secret 已存在，但 ServiceAccount 的 `imagePullSecrets` 为空",
      facts -> {
        facts.accountSecrets = List.of();
        facts.podSecrets = List.of();
      }),
  GITOPS_LOOP(
      Level.BROKEN,
      "EntryReverted",
      "the entry appears and disappears in the ServiceAccount",
      "ServiceAccount 中的条目反复出现和消失",
      facts -> {
        facts.accountSecrets = List.of("harbor");
        facts.podSecrets = List.of("harbor");
        facts.secrets.put(
            "harbor",
            new Read.Found<>(
                new SecretFacts(
                    "harbor",
                    "kubernetes.io/dockerconfigjson",
                    false,
                    Optional.empty(),
                    List.of("harbor.example"),
                    "")));
        facts.appliedBy = List.of("argocd-controller");
      }),
  // admission
  ADMISSION_ABSENT(
      Level.NOTE,
      "AdmissionAbsent",
      "a pod that was created together with its ServiceAccount has no entry",
      "与 ServiceAccount 同时创建的 Pod 没有条目",
      facts ->
          facts.admission =
              new AdmissionFacts(new Read.Found<>(true), new Read.Absent<>(), new Read.Absent<>())),
  ADMISSION_UNBOUND(
      Level.NOTE,
      "AdmissionUnbound",
      "the same, although the admission policy exists",
      "同上，但准入策略已存在",
      facts ->
          facts.admission =
              new AdmissionFacts(
                  new Read.Found<>(true), new Read.Found<>("bind"), new Read.Found<>(false))),
  ADMISSION_FAILING(
      Level.NOTE,
      "AdmissionStopped",
      "the condition `Ready` says that the admission policy does not work any more",
      "条件 `Ready` 中提示准入策略已不再生效",
      facts ->
          facts.with(
              ExampleFacts.policy(
                  "production",
                  SPEC,
                  ExampleFacts.status(
                      ExampleFacts.freshRegistry(),
                      "Ready",
                      "Binding: the admission policy that bound new ones does not work any more")))),
  // pod
  OWN_PULL_SECRETS(
      Level.BROKEN,
      "OwnImagePullSecrets",
      "`insufficient_scope: authorization failed`, and the pod names a Secret of its own",
      "`insufficient_scope: authorization failed`，且 Pod 自己声明了 Secret",
      facts -> {
        facts.podSecrets = List.of("harbor");
        facts.secrets.put("harbor", new Read.Absent<>());
      }),
  OWN_EMPTY_ENTRY(
      Level.BROKEN,
      "OwnImagePullSecrets",
      "the same with `imagePullSecrets: [{}]`",
      "同上，Pod 中为 `imagePullSecrets: [{}]`",
      facts -> facts.podSecrets = List.of("")),
  NOT_INJECTED(
      Level.BROKEN,
      "InjectionNotInstalled",
      "the same, and the policy shows the reason `InjectionNotInstalled`",
      "同上，且策略的 REASON 为 `InjectionNotInstalled`",
      facts -> {
        facts.podSecrets = List.of("harbor");
        facts.secrets.put("harbor", new Read.Absent<>());
        facts.with(
            ExampleFacts.policy(
                "production",
                SPEC + "injectPods: true\n",
                ExampleFacts.status(ExampleFacts.freshRegistry(), "", "")
                    .replace("reason: Ready", "reason: InjectionNotInstalled")));
      }),
  POD_OLDER_THAN_INJECTION(
      Level.BROKEN,
      "PodOlderThanInjection",
      "the same, and `injectPods` was set after the pod was created",
      "同上，且 `injectPods` 是在 Pod 创建之后设置的",
      facts -> {
        facts.podSecrets = List.of("");
        facts.with(
            ExampleFacts.policy(
                "production",
                SPEC + "injectPods: true\n",
                ExampleFacts.status(ExampleFacts.freshRegistry(), "", "")));
      }),
  POD_OLDER_THAN_BINDING(
      Level.BROKEN,
      "PodOlderThanBinding",
      "`ImagePullBackOff`, although Secret and ServiceAccount are right",
      "Secret 和 ServiceAccount 都正确，仍然 `ImagePullBackOff`",
      facts -> facts.podSecrets = List.of()),
  PULL_REFUSED(
      Level.BROKEN,
      "PullRefused",
      "`denied: requested access to the resource is denied`",
      "`denied: requested access to the resource is denied`",
      facts -> facts.message = "denied: requested access to the resource is denied"),
  IMAGE_OF_OTHER_REGISTRY(
      Level.BROKEN,
      "ImageOfOtherRegistry",
      "`ImagePullBackOff` for an image that is not in ACR",
      "不在 ACR 中的镜像 `ImagePullBackOff`",
      facts -> {
        facts.image = "harbor.example/team/app:1";
        facts.message =
            "pull access denied, repository does not exist or may require authorization";
      }),
  IMAGE_NOT_FOUND(
      Level.BROKEN,
      "ImageNotFound",
      "`not found` for a tag",
      "标签 `not found`",
      facts -> facts.message = "failed to resolve reference: " + HOST + "/team/app:1: not found"),
  BACK_OFF(
      Level.BROKEN,
      "PullBackOff",
      "`ImagePullBackOff`, although everything is right",
      "一切正确，仍然 `ImagePullBackOff`",
      facts -> facts.message = "Back-off pulling image"),
  POD_NOT_FOUND(
      Level.BROKEN,
      "PodNotFound",
      "`Error from server (NotFound)`",
      "`Error from server (NotFound)`",
      facts -> {
        facts.pod = new Read.Absent<>();
        facts.accounts = new Read.Absent<>();
      }),
  // what is asked about
  POLICY_NOT_FOUND(
      Level.BROKEN,
      "PolicyNotFound",
      "`Error from server (NotFound)`",
      "`Error from server (NotFound)`",
      facts -> facts.subject = new Subject(Kind.POLICY, "", "prod")),
  NOT_VISIBLE(
      Level.UNKNOWN,
      "NotVisible",
      "`Forbidden`",
      "`Forbidden`",
      facts -> facts.policyRead = new Read.Unreadable<>("list acrcredentialpolicies (forbidden)"));

  final Level level;
  final String code;
  final String symptomEnglish;
  final String symptomChinese;
  private final Consumer<ExampleFacts> change;

  Scenario(
      Level level,
      String code,
      String symptomEnglish,
      String symptomChinese,
      Consumer<ExampleFacts> change) {
    this.level = level;
    this.code = code;
    this.symptomEnglish = symptomEnglish;
    this.symptomChinese = symptomChinese;
    this.change = change;
  }

  private static Read<LeaseFacts> released() {
    return new Read.Found<>(new LeaseFacts("", NOW.minusSeconds(600), Duration.ofSeconds(1)));
  }

  ExampleFacts facts() {
    ExampleFacts facts = new ExampleFacts();
    change.accept(facts);
    return facts;
  }
}
