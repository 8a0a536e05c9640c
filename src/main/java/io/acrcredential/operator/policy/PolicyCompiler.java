package io.acrcredential.operator.policy;

import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Binding;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Credentials;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Namespaces;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.SecretRef;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.ServiceAccounts;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec.Targets;
import io.acrcredential.operator.policy.PolicyPlan.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * AcrCredentialPolicy → {@link PolicyPlan}: defaults and checks. The same rules stand in the CRD,
 * where {@code kubectl apply} tells them at once; here they are checked again, because an older CRD,
 * or a server that knows no CEL, lets everything through.
 */
public final class PolicyCompiler {

  /** DESIGN section 2. */
  public static final Duration DEFAULT_REFRESH_BEFORE = Duration.ofMinutes(15);

  /** DESIGN section 2: {@code spec.registries}, 1 to 256. */
  public static final int MAX_REGISTRIES = 256;

  private static final Pattern REGION = Pattern.compile("[a-z]{2,}(-[a-z0-9]+)+");
  private static final Pattern INSTANCE_ID = Pattern.compile("crp?i-[a-z0-9][a-z0-9-]{0,60}");
  private static final Pattern DOMAIN =
      Pattern.compile(
          "[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?"
              + "(/[a-z0-9._-]+)*/?");
  private static final Pattern PREFIX = Pattern.compile("/?[a-z0-9._-]+(/[a-z0-9._-]+)*/?");
  private static final Pattern SECRET_NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?");

  private final Optional<String> clusterRegion;

  /** Uses this region where an item names none; empty = such an item is refused. */
  public PolicyCompiler(Optional<String> clusterRegion) {
    this.clusterRegion = clusterRegion;
  }

  /** Never throws: what is wrong is named in the plan. */
  public PolicyPlan compile(AcrCredentialPolicy policy) {
    AcrCredentialPolicySpec spec =
        policy.getSpec() == null
            ? new AcrCredentialPolicySpec(null, null, null, null, null, null)
            : policy.getSpec();
    List<Problem> problems = new ArrayList<>();
    List<Registry> items = spec.registries() == null ? List.of() : spec.registries();
    if (items.isEmpty() || items.size() > MAX_REGISTRIES) {
      problems.add(
          new Problem(
              "spec.registries",
              items.size() + " items",
              "name 1 to " + MAX_REGISTRIES + " registries"));
    }
    Optional<Duration> refreshBefore =
        spec.refreshBefore() == null
            ? Optional.of(DEFAULT_REFRESH_BEFORE)
            : GoDuration.parse(spec.refreshBefore());
    if (refreshBefore.isEmpty()) {
      problems.add(
          new Problem(
              "spec.refreshBefore", spec.refreshBefore(), "write a duration such as 15m or 1h30m"));
    }
    List<Wanted> registries = new ArrayList<>();
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
    return new PolicyPlan(
        policy.getMetadata().getName(),
        created(policy),
        policy.getMetadata().getGeneration() == null ? 0 : policy.getMetadata().getGeneration(),
        List.copyOf(registries),
        Selection.of(namespaces.names(), namespaces.selector(), namespaces.exclude()),
        Selection.of(accounts.names(), accounts.selector(), null),
        spec.binding() == null ? Binding.Append : spec.binding(),
        refreshBefore.orElse(DEFAULT_REFRESH_BEFORE),
        spec.email() == null || spec.email().isBlank() ? null : spec.email().strip(),
        Boolean.TRUE.equals(spec.suspend()),
        annotation(policy, AcrCredentialPolicy.REFRESH_REQUESTED_AT),
        List.copyOf(problems));
  }

  private Wanted wanted(Registry item, String at) {
    List<Problem> problems = new ArrayList<>();
    String instanceId = item.instanceId() == null ? "" : item.instanceId();
    if (!instanceId.isEmpty() && !INSTANCE_ID.matcher(instanceId).matches()) {
      problems.add(
          new Problem(
              at + ".instanceId",
              instanceId,
              "write an id such as cri-abc or crpi-abc, or nothing for Personal Edition"));
    }
    String region =
        item.region() == null || item.region().isEmpty()
            ? clusterRegion.orElse("")
            : item.region();
    if (region.isEmpty()) {
      problems.add(regionUnknown(at));
    } else if (!isRegion(region)) {
      problems.add(new Problem(at + ".region", region, "write a region id such as cn-hangzhou"));
    }
    List<String> domains = item.domains() == null ? List.of() : item.domains();
    for (int i = 0; i < domains.size(); i++) {
      if (!DOMAIN.matcher(domains.get(i)).matches()) {
        problems.add(
            new Problem(
                at + ".domains[" + i + "]",
                domains.get(i),
                "write host[:port][/path] in lower case, without scheme and wildcard, such as"
                    + " img.example.cn"));
      }
    }
    List<String> prefixes =
        item.repositoryPrefixes() == null ? List.of() : item.repositoryPrefixes();
    for (int i = 0; i < prefixes.size(); i++) {
      if (!PREFIX.matcher(prefixes.get(i)).matches()) {
        problems.add(
            new Problem(
                at + ".repositoryPrefixes[" + i + "]",
                prefixes.get(i),
                "write the first part of a repository's path, such as team-b"));
      }
    }
    Identity identity = identity(item.credentials(), at + ".credentials", problems);
    return new Wanted(
        problems.isEmpty() ? new RegistryRef(identity, region, instanceId) : null,
        domains.stream().map(PolicyCompiler::withoutSlashes).distinct().toList(),
        prefixes.stream().map(PolicyCompiler::withoutSlashes).distinct().toList(),
        instanceId,
        region,
        List.copyOf(problems));
  }

  private static Identity identity(Credentials credentials, String at, List<Problem> problems) {
    if (credentials == null || credentials.secretRef() == null) {
      return Identity.OWN;
    }
    SecretRef ref = credentials.secretRef();
    if (ref.name() == null || !SECRET_NAME.matcher(ref.name()).matches()) {
      problems.add(
          new Problem(
              at + ".secretRef.name",
              ref.name() == null ? "" : ref.name(),
              "name a Secret of the credentials namespace"));
      return Identity.OWN;
    }
    return new Identity.KeySecret(ref.name(), ref.accessKeyIdKey(), ref.accessKeySecretKey());
  }

  /** Whether the text may become part of a host name: checked for every source of a region. */
  public static boolean isRegion(String text) {
    return text.length() <= 63 && REGION.matcher(text).matches();
  }

  private static Problem regionUnknown(String at) {
    return new Problem(
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

  private static String withoutSlashes(String path) {
    int from = path.startsWith("/") ? 1 : 0;
    int to = path.endsWith("/") ? path.length() - 1 : path.length();
    return path.substring(from, to);
  }
}
