package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.AssumeRole;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Credentials;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Oidc;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.SecretRef;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.ServiceAccounts;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * AcrCredentialPolicy → {@link PolicyPlan}: defaults and checks. The same rules stand in the CRD,
 * where {@code kubectl apply} tells them at once; here they are checked again, because an older
 * CRD, or a server that knows no CEL, lets everything through.
 */
public final class PolicyCompiler {

  /** DESIGN section 2. */
  public static final Duration DEFAULT_REFRESH_BEFORE = Duration.ofMinutes(15);

  /** DESIGN section 2: {@code spec.registries}, 1 to 256. */
  public static final int MAX_REGISTRIES = 256;

  /** Values, lists and their limits: crd.yaml says the same, in CEL, with the same advice. */
  static final int MAX_DOMAINS = 32;

  static final int MAX_PREFIXES = 64;
  static final int MAX_NAMES = 1024;
  static final int MIN_SESSION_SECONDS = 900;
  static final int MAX_SESSION_SECONDS = 43_200;

  private static final ValueFormat INSTANCE_ID =
      new ValueFormat(
          66,
          "(crp?i-[a-z0-9][a-z0-9-]*)?",
          "write an id such as cri-abc or crpi-abc, or nothing for Personal Edition");
  private static final ValueFormat REGION =
      new ValueFormat(63, "[a-z]{2,}(-[a-z0-9]+)+", "write a region id such as cn-hangzhou");
  private static final ValueFormat DOMAIN =
      new ValueFormat(
          160,
          "(?![^/]*/v[12](/|$))[a-z0-9]+((\\.|-+)[a-z0-9]+)*(:[1-9][0-9]{0,4})?(/[a-z0-9._-]+)*/?",
          "write host[:port][/path] in lower case, without scheme and wildcard, such as"
              + " img.example.cn; the path does not begin with v1 or v2");
  private static final ValueFormat PREFIX =
      new ValueFormat(
          128,
          "(?!/?v[12](/|$))/?[a-z0-9._-]+(/[a-z0-9._-]+)*/?",
          "write the first part of a repository's path, such as team-b; not v1 or v2, which kubelet"
              + " takes for the API's version");
  private static final ValueFormat SECRET_NAME =
      new ValueFormat(
          253, "[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "name a Secret of the credentials namespace");
  private static final ValueFormat SECRET_KEY =
      new ValueFormat(253, "[a-zA-Z0-9._-]+", "name a key of the Secret, such as access-key-id");
  private static final ValueFormat ROLE_ARN =
      new ValueFormat(
          192,
          "acs:ram::[0-9]+:role/[A-Za-z0-9_.@-]+",
          "write the role's ARN as the RAM console shows it, such as"
              + " acs:ram::1234567890123456:role/acr-pull");
  private static final ValueFormat PROVIDER_ARN =
      new ValueFormat(
          192,
          "acs:ram::[0-9]+:oidc-provider/[A-Za-z0-9_.@-]+",
          "write the identity provider's ARN as the RAM console shows it, such as"
              + " acs:ram::1234567890123456:oidc-provider/ack-rrsa-c0123");
  private static final ValueFormat EXTERNAL_ID =
      new ValueFormat(
          1224,
          "[A-Za-z0-9_+=,.@:/-]{2,}",
          "write the id that the role's trust policy asks for: 2 to 1224 letters, digits and"
              + " _+=,.@:/-");
  private static final ValueFormat SESSION_NAME =
      new ValueFormat(
          64, "[A-Za-z0-9_.@-]{2,}", "write 2 to 64 letters, digits and _.@-, such as cluster-a");
  private static final ValueFormat SESSION_POLICY =
      new ValueFormat(
          2048,
          "(?s)\\{.*",
          "write a RAM policy in JSON, which begins with {, of 2048 characters at most");
  private static final ValueFormat DURATION =
      new ValueFormat(
          32,
          "(?=.*[1-9])([0-9]{1,9}(\\.[0-9]{1,6})?(ms|s|m|h))+",
          "write a positive duration such as 15m or 1h30m");
  private static final ValueFormat EMAIL =
      new ValueFormat(254, "([^@\\s]+@[^@\\s]+)?", "write an address such as ops@example.com");
  private static final ValueFormat NAMESPACE =
      new ValueFormat(
          63,
          "\\*|[a-z0-9]([a-z0-9-]*[a-z0-9])?",
          "write a namespace's name, or * for all; for a group of them use a selector");
  private static final ValueFormat EXCLUDED_NAMESPACE =
      new ValueFormat(63, "[a-z0-9]([a-z0-9-]*[a-z0-9])?", "write a namespace's name");
  private static final ValueFormat SERVICE_ACCOUNT =
      new ValueFormat(
          253,
          "\\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
          "write a ServiceAccount's name, or * for all; for a group of them use a selector");

  /** The form of a value; the length is looked at first, for patterns may backtrack. */
  private record ValueFormat(int maxLength, Pattern pattern, String fix) {
    ValueFormat(int maxLength, String regex, String fix) {
      this(maxLength, Pattern.compile(regex), fix);
    }

    boolean fits(String text) {
      return text != null
          && text.codePointCount(0, text.length()) <= maxLength
          && pattern.matcher(text).matches();
    }
  }

  private final Supplier<Optional<String>> clusterRegion;

  /** Uses this region where an item names none; empty = such an item is refused. */
  public PolicyCompiler(Optional<String> clusterRegion) {
    this(() -> clusterRegion);
  }

  /** The same, for a region that is still to be found out. */
  public PolicyCompiler(Supplier<Optional<String>> clusterRegion) {
    this.clusterRegion = clusterRegion;
  }

  /** Never throws: what is wrong is named in the plan. */
  public PolicyPlan compile(AcrCredentialPolicy policy) {
    AcrCredentialPolicySpec spec =
        policy.getSpec() == null
            ? new AcrCredentialPolicySpec(null, null, null, null, null, null)
            : policy.getSpec();
    List<FieldError> problems = new ArrayList<>();
    List<Registry> items = spec.registries() == null ? List.of() : spec.registries();
    if (items.isEmpty() || items.size() > MAX_REGISTRIES) {
      problems.add(
          new FieldError(
              "spec.registries",
              items.size() + " items",
              "name 1 to " + MAX_REGISTRIES + " registries"));
    }
    Duration refreshBefore = DEFAULT_REFRESH_BEFORE;
    if (spec.refreshBefore() != null
        && check(spec.refreshBefore(), DURATION, "spec.refreshBefore", problems)) {
      refreshBefore = GoDuration.parse(spec.refreshBefore()).orElseThrow();
    }
    String email = spec.email() == null ? "" : spec.email();
    check(email, EMAIL, "spec.email", problems);
    List<ResolvedRegistry> registries = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      registries.add(wanted(items.get(i), "spec.registries[" + i + "]"));
    }
    Targets targets = spec.targets() == null ? new Targets(null, null) : spec.targets();
    Namespaces namespaces =
        targets.namespaces() == null ? new Namespaces(null, null, null) : targets.namespaces();
    ServiceAccounts accounts =
        targets.serviceAccounts() == null
            ? new ServiceAccounts(null, null)
            : targets.serviceAccounts();
    String at = "spec.targets.namespaces";
    check(namespaces.names(), MAX_NAMES, NAMESPACE, at + ".names", problems);
    check(namespaces.exclude(), MAX_NAMES, EXCLUDED_NAMESPACE, at + ".exclude", problems);
    check(namespaces.selector(), at + ".selector", problems);
    at = "spec.targets.serviceAccounts";
    check(accounts.names(), MAX_NAMES, SERVICE_ACCOUNT, at + ".names", problems);
    check(accounts.selector(), at + ".selector", problems);
    return new PolicyPlan(
        policy.getMetadata().getName(),
        created(policy),
        policy.getMetadata().getGeneration() == null ? 0 : policy.getMetadata().getGeneration(),
        List.copyOf(registries),
        TargetSelector.of(namespaces.names(), namespaces.selector(), namespaces.exclude()),
        TargetSelector.of(accounts.names(), accounts.selector(), null),
        spec.binding() == null ? Binding.Append : spec.binding(),
        refreshBefore,
        email.isEmpty() ? null : email,
        Boolean.TRUE.equals(spec.suspend()),
        annotation(policy, AcrCredentialPolicy.REFRESH_REQUESTED_AT),
        List.copyOf(problems));
  }

  private ResolvedRegistry wanted(Registry written, String at) {
    Registry item = written == null ? new Registry(null, null, null, null, null) : written;
    List<FieldError> problems = new ArrayList<>();
    String instanceId = item.instanceId() == null ? "" : item.instanceId();
    check(instanceId, INSTANCE_ID, at + ".instanceId", problems);
    String region =
        item.region() == null || item.region().isEmpty()
            ? clusterRegion.get().orElse("")
            : item.region();
    if (region.isEmpty()) {
      problems.add(regionUnknown(at));
    } else {
      check(region, REGION, at + ".region", problems);
    }
    List<String> domains = check(item.domains(), MAX_DOMAINS, DOMAIN, at + ".domains", problems);
    List<String> prefixes =
        check(
            item.repositoryPrefixes(), MAX_PREFIXES, PREFIX, at + ".repositoryPrefixes", problems);
    Identity identity = identity(item.credentials(), at + ".credentials", problems);
    return new ResolvedRegistry(
        problems.isEmpty() ? new RegistryRef(identity, region, instanceId) : null,
        domains.stream().map(PolicyCompiler::withoutSlashes).distinct().toList(),
        prefixes.stream().map(PolicyCompiler::withoutSlashes).distinct().toList(),
        instanceId,
        region,
        List.copyOf(problems));
  }

  /** What it answers is of use only where it names no problem. */
  private static Identity identity(Credentials given, String at, List<FieldError> problems) {
    if (given == null) {
      return Identity.OWN;
    }
    if (given.secretRef() != null && given.oidc() != null) {
      problems.add(
          new FieldError(
              at, "secretRef and oidc", "write one of the two; either may have assumeRole"));
    }
    Identity first = Identity.OWN;
    if (given.secretRef() != null) {
      first = keySecret(given.secretRef(), at + ".secretRef", problems);
    } else if (given.oidc() != null) {
      first = oidc(given.oidc(), at + ".oidc", problems);
    }
    return given.assumeRole() == null
        ? first
        : role(first, given.assumeRole(), at + ".assumeRole", problems);
  }

  private static Identity keySecret(SecretRef ref, String at, List<FieldError> problems) {
    Identity.KeySecret secret =
        new Identity.KeySecret(orEmpty(ref.name()), ref.accessKeyIdKey(), ref.accessKeySecretKey());
    check(secret.name(), SECRET_NAME, at + ".name", problems);
    check(secret.accessKeyIdKey(), SECRET_KEY, at + ".accessKeyIdKey", problems);
    check(secret.accessKeySecretKey(), SECRET_KEY, at + ".accessKeySecretKey", problems);
    return secret;
  }

  private static Identity oidc(Oidc given, String at, List<FieldError> problems) {
    check(orEmpty(given.roleArn()), ROLE_ARN, at + ".roleArn", problems);
    check(orEmpty(given.providerArn()), PROVIDER_ARN, at + ".providerArn", problems);
    return new Identity.Oidc(
        given.roleArn(), given.providerArn(), seconds(given.durationSeconds(), at, problems));
  }

  private static Identity role(
      Identity from, AssumeRole given, String at, List<FieldError> problems) {
    check(orEmpty(given.roleArn()), ROLE_ARN, at + ".roleArn", problems);
    if (given.externalId() != null) {
      check(given.externalId(), EXTERNAL_ID, at + ".externalId", problems);
    }
    String session =
        given.sessionName() == null ? Identity.Role.DEFAULT_SESSION_NAME : given.sessionName();
    check(session, SESSION_NAME, at + ".sessionName", problems);
    if (given.sessionPolicy() != null) {
      check(given.sessionPolicy(), SESSION_POLICY, at + ".sessionPolicy", problems);
    }
    return new Identity.Role(
        from,
        given.roleArn(),
        given.externalId(),
        session,
        seconds(given.durationSeconds(), at, problems),
        given.sessionPolicy());
  }

  private static int seconds(Integer given, String at, List<FieldError> problems) {
    int seconds = given == null ? Identity.Role.DEFAULT_DURATION_SECONDS : given;
    if (seconds < MIN_SESSION_SECONDS || seconds > MAX_SESSION_SECONDS) {
      problems.add(
          new FieldError(
              at + ".durationSeconds",
              String.valueOf(seconds),
              "write seconds, "
                  + MIN_SESSION_SECONDS
                  + " to "
                  + MAX_SESSION_SECONDS
                  + " and not above the role's own limit, such as 3600"));
    }
    return seconds;
  }

  private static boolean check(
      String value, ValueFormat form, String at, List<FieldError> problems) {
    boolean right = form.fits(value);
    if (!right) {
      problems.add(new FieldError(at, shown(value), form.fix()));
    }
    return right;
  }

  private static List<String> check(
      List<String> values, int max, ValueFormat form, String at, List<FieldError> problems) {
    List<String> given = values == null ? List.of() : values;
    if (given.size() > max) {
      problems.add(new FieldError(at, given.size() + " entries", "write " + max + " at most"));
      return List.of();
    }
    List<String> right = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      if (check(given.get(i), form, at + "[" + i + "]", problems)) {
        right.add(given.get(i));
      }
    }
    return right;
  }

  /** As apimachinery's ValidateLabelSelector does it. */
  private static void check(LabelSelector selector, String at, List<FieldError> problems) {
    if (selector == null || selector.getMatchExpressions() == null) {
      return;
    }
    List<LabelSelectorRequirement> rules = selector.getMatchExpressions();
    for (int i = 0; i < rules.size(); i++) {
      LabelSelectorRequirement rule = rules.get(i);
      String operator = rule.getOperator() == null ? "" : rule.getOperator();
      boolean valued = rule.getValues() != null && !rule.getValues().isEmpty();
      boolean right =
          rule.getKey() != null
              && switch (operator) {
                case "In", "NotIn" -> valued;
                case "Exists", "DoesNotExist" -> !valued;
                default -> false;
              };
      if (!right) {
        problems.add(
            new FieldError(
                at + ".matchExpressions[" + i + "]",
                shown(operator),
                "write a key and In or NotIn with values, or Exists or DoesNotExist without"));
      }
    }
  }

  /** Fit to be shown: short, and without characters that would change how the line looks. */
  private static String shown(String value) {
    if (value == null) {
      return "";
    }
    String head = value.length() > 80 ? value.substring(0, 80) + "…" : value;
    return head.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?");
  }

  /** Whether the text may become part of a host name: checked for every source of a region. */
  public static boolean isRegion(String text) {
    return REGION.fits(text);
  }

  /**
   * Whether the text may become a key of a docker config: checked for every source of a domain, for
   * kubelet would take a {@code *} as a pattern.
   */
  public static boolean isDomain(String text) {
    return DOMAIN.fits(text);
  }

  private static FieldError regionUnknown(String at) {
    return new FieldError(
        Reason.RegionUnknown,
        at + ".region",
        "",
        "the cluster's region is unknown; write it here, or set ACR_REGION");
  }

  private static Instant created(AcrCredentialPolicy policy) {
    String text = policy.getMetadata().getCreationTimestamp();
    return text == null ? Instant.MAX : Instant.parse(text);
  }

  private static String annotation(AcrCredentialPolicy policy, String name) {
    return policy.getMetadata().getAnnotations() == null
        ? ""
        : policy.getMetadata().getAnnotations().getOrDefault(name, "");
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  private static String withoutSlashes(String path) {
    int from = path.startsWith("/") ? 1 : 0;
    int to = path.endsWith("/") ? path.length() - 1 : path.length();
    return path.substring(from, to);
  }
}
