// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.configmap.parser.ParseResult;
import io.acrcredential.operator.explain.facts.ClusterFacts;
import io.acrcredential.operator.explain.facts.ClusterFacts.AdmissionFacts;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.OperatorFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.LeaseFacts;
import io.acrcredential.operator.explain.facts.OperatorFacts.OperatorPod;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.explain.facts.SecretFacts;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.ContainerFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.EventFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.NamespaceFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.PodFacts;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Facts about a pod whose image is pulled by a policy: at first everything is right but that the
 * pod waits, and tests change one thing.
 */
public final class ExampleFacts {

  public static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  static final String PULL_SECRET = "acr-credential-secret-aggregation";
  static final String HOST = "acme-registry.cn-hangzhou.cr.aliyuncs.com";
  static final String VPC_HOST = "acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com";
  static final Instant EXPIRY = Instant.parse("2026-01-01T12:50:00Z");

  private static final String BACK_OFF = "ImagePullBackOff";
  private static final String REFUSED =
      "Back-off pulling image: pull access denied, repository does not exist or may require"
          + " authorization: authorization failed: no basic auth credentials";

  Subject subject = new Subject(Kind.POD, "team-a", "web");
  Map<String, String> namespaceLabels = Map.of("team", "a");
  Read<NamespaceFacts> namespace;
  String account = "default";
  List<String> accountSecrets = List.of(PULL_SECRET);
  List<String> appliedBy = List.of();
  Read<List<AccountFacts>> accounts;
  List<String> podSecrets = List.of(PULL_SECRET);
  String image = HOST + "/team/app:1";
  String waitingFor = BACK_OFF;
  String message = REFUSED;
  Read<PodFacts> pod;
  final Map<String, Read<SecretFacts>> secrets = new TreeMap<>();

  String pullSecretName = PULL_SECRET;
  Set<String> excluded = Set.of();
  Read<List<String>> installations = new Read.Found<>(List.of("acr-credential-operator"));
  Read<List<OperatorPod>> operatorPods =
      new Read.Found<>(List.of(new OperatorPod("acr-credential-operator-0", true)));
  Read<LeaseFacts> lease =
      new Read.Found<>(
          new LeaseFacts("acr-credential-operator-0", NOW.minusSeconds(2), Duration.ofSeconds(10)));
  Read<LeaseFacts> ownership =
      new Read.Found<>(
          new LeaseFacts("acr-credential-operator", NOW.minusSeconds(30), Duration.ofMinutes(5)));
  List<String> policies =
      new ArrayList<>(List.of(policy("production", SPEC, status(freshRegistry(), "", ""))));
  Read<List<PolicyFacts>> policyRead;
  Read<ParseResult> configMap = new Read.Absent<>();
  Read<Boolean> credentialHelper = new Read.Found<>(false);
  AdmissionFacts admission =
      new AdmissionFacts(
          new Read.Found<>(true),
          new Read.Found<>("acr-credential-operator-bind-at-creation"),
          new Read.Found<>(true));

  /** Covers the ServiceAccount default of namespaces with the label team. */
  static final String SPEC =
      """
      registries: [{instanceId: cri-abc, region: cn-hangzhou}]
      targets: {namespaces: {selector: {matchLabels: {team: a}}}}
      """;

  ExampleFacts() {
    secrets.put(PULL_SECRET, new Read.Found<>(secret(EXPIRY, HOST, VPC_HOST)));
  }

  static SecretFacts secret(Instant expiresAt, String... keys) {
    return new SecretFacts(
        PULL_SECRET,
        "kubernetes.io/dockerconfigjson",
        true,
        Optional.ofNullable(expiresAt),
        List.of(keys),
        "");
  }

  static String freshRegistry() {
    return registry("Fresh", "[%s, %s]".formatted(HOST, VPC_HOST), "expiresAt: " + EXPIRY);
  }

  /** One registry of a status. */
  static String registry(String state, String domains, String more) {
    return """
        {instanceId: cri-abc, region: cn-hangzhou, domains: %s, state: %s,
         identity: "AccessKey in Secret kube-system/alibaba-addon-secret", %s}"""
        .formatted(
            domains, state, more.replaceAll(": (\\d{4}-\\d\\d-\\d\\dT[0-9:]+Z)", ": \"$1\""));
  }

  /** A registry without a token. */
  static String failed(String code, String message, String advice) {
    return registry("Failed", "[]", error(code, message, advice));
  }

  static String error(String code, String message, String advice) {
    return "error: {code: \"%s\", message: \"%s\", advice: \"%s\"}"
        .formatted(code, message, advice);
  }

  /**
   * A status for the current spec.
   *
   * @param condition the type of a condition that is False; empty = none
   * @param reasonAndMessage of that condition, with a colon between
   */
  static String status(String registry, String condition, String reasonAndMessage) {
    String more =
        condition.isEmpty()
            ? ""
            : ", " + condition(condition, "False", reasonAndMessage.split(": ", 2));
    String accepted =
        condition.equals("Accepted")
            ? ""
            : condition("Accepted", "True", new String[] {"Ready", "The spec is accepted"});
    return "{conditions: [%s%s], registries: [%s], bound: 3/3, namespaces: 2}"
        .formatted(accepted, accepted.isEmpty() ? more.replaceFirst(", ", "") : more, registry);
  }

  static String condition(String type, String status, String[] reasonAndMessage) {
    return "{type: %s, status: \"%s\", reason: %s, message: \"%s\", observedGeneration: 1}"
        .formatted(type, status, reasonAndMessage[0], reasonAndMessage[1]);
  }

  static String policy(String name, String spec, String status) {
    return """
        apiVersion: acrcredential.io/v1alpha1
        kind: AcrCredentialPolicy
        metadata: {name: %s, generation: 1, creationTimestamp: "2025-12-01T00:00:00Z"}
        spec:
        %sstatus: %s
        """
        .formatted(name, spec.indent(2), status.isEmpty() ? "{}" : status);
  }

  /** Replaces the only policy. */
  ExampleFacts with(String policy) {
    policies.clear();
    policies.add(policy);
    return this;
  }

  /** Replaces the status of the registry. */
  ExampleFacts withRegistry(String registry) {
    return with(policy("production", SPEC, status(registry, "", "")));
  }

  /** Keys and values in turn. */
  ExampleFacts withConfigMap(String... data) {
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < data.length; i += 2) {
      map.put(data[i], data[i + 1]);
    }
    configMap = new Read.Found<>(new AcrConfigurationParser().parse(map));
    return this;
  }

  Facts facts() {
    AccountFacts defaultAccount = new AccountFacts(account, Map.of(), accountSecrets, appliedBy);
    PodFacts defaultPod =
        new PodFacts(
            account,
            podSecrets,
            Instant.parse("2026-01-01T11:00:00Z"),
            List.of(new ContainerFacts(image, waitingFor, message)),
            List.of(new EventFacts("Failed", message)));
    boolean isPod = subject.kind() == Kind.POD;
    boolean hasNamespace = subject.hasNamespace();
    return new Facts(
        NOW,
        subject,
        new ClusterFacts(
            pullSecretName,
            excluded,
            new OperatorFacts(
                "acr-credential-operator", installations, operatorPods, lease, ownership),
            policyRead != null ? policyRead : new Read.Found<>(parsed()),
            configMap,
            credentialHelper,
            admission),
        new WorkloadFacts(
            namespace != null
                ? namespace
                : hasNamespace
                    ? new Read.Found<>(
                        new NamespaceFacts(subject.namespace(), namespaceLabels, false))
                    : new Read.Absent<>(),
            accounts != null
                ? accounts
                : hasNamespace ? new Read.Found<>(List.of(defaultAccount)) : new Read.Absent<>(),
            pod != null ? pod : isPod ? new Read.Found<>(defaultPod) : new Read.Absent<>(),
            hasNamespace ? secrets : Map.of()));
  }

  private List<PolicyFacts> parsed() {
    return policies.stream()
        .map(yaml -> PolicyFacts.of(Serialization.unmarshal(yaml, AcrCredentialPolicy.class)))
        .toList();
  }
}
