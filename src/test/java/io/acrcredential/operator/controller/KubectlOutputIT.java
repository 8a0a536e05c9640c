// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.AcrConfigurationConfigMap;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.DocPage;
import io.acrcredential.operator.testkit.FakeCredentialHelper;
import io.acrcredential.operator.testkit.KubectlOutput;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.Quotas;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.simulator.Fault;
import io.acrcredential.operator.testkit.simulator.Setup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What kubectl shows of a policy in each state: {@code get}, {@code get -o wide}, and {@code
 * describe} with the Events. The files in {@code src/test/resources/golden/kubectl} are there to be
 * read: each must say what is wrong and what to do. {@code -Dgolden.update=true} rewrites them.
 */
@RequiresRealCluster
class KubectlOutputIT {

  private static final Path GOLDEN = Path.of("src", "test", "resources", "golden", "kubectl");

  /** The longest name for which the columns fit a terminal. */
  private static final String LONGEST = "payments-production1";

  private static OperatorTestEnvironment env;
  private static final Map<String, String> OUTPUTS = new LinkedHashMap<>();
  private static final List<String> UNEXPECTED = new ArrayList<>();
  private static String listOfOldPolicies;

  /** What is left for all outputs that differ from their files. */
  private static Duration patience = Awaits.PATIENCE;

  /** A policy, and how its condition Ready ends. */
  private record State(String policy, String spec, String ready, String reason) {}

  private static final List<State> STATES =
      List.of(
          // The greatest refreshBefore of cri-abc, so that all others name this policy.
          new State(
              "ready",
              """
              registries: [{instanceId: cri-abc, region: cn-hangzhou}]
              targets: {namespaces: {names: [ready]}}
              refreshBefore: 20m
              """,
              "True",
              "Ready"),
          ownIdentity(LONGEST, "instanceId: cri-abc", "True", "Ready"),
          new State(
              "covers-nothing",
              """
              registries: [{instanceId: cri-abc, region: cn-hangzhou}]
              targets: {namespaces: {selector: {matchLabels: {example.com/team: none}}}}
              """,
              "True",
              "Ready"),
          new State(
              "namespace-missing",
              """
              registries: [{instanceId: cri-abc, region: cn-hangzhou}]
              targets: {namespaces: {names: [namespace-missing, team-b, team-c]}}
              """,
              "False",
              "NamespaceMissing"),
          ownAccount("token-denied", "False", "AccessDenied"),
          ownAccount("domains-denied", "False", "AccessDenied"),
          ownIdentity("instance-not-found", "instanceId: cri-gone", "False", "InstanceNotFound"),
          new State(
              "no-personal-edition",
              """
              registries: [{region: cn-beijing}]
              targets: {namespaces: {names: [no-personal-edition]}}
              """,
              "False",
              "InstanceNotFound"),
          ownAccount("secret-missing", "False", "CredentialsMissing"),
          ownAccount("secret-malformed", "False", "CredentialsMissing"),
          ownAccount("key-deleted", "False", "AccessDenied"),
          ownAccount("key-disabled", "False", "AccessDenied"),
          ownAccount("key-mismatch", "False", "AccessDenied"),
          ownAccount("throttled", "False", "Throttled"),
          ownAccount("unreachable", "False", "Unreachable"),
          ownAccount("proxy-page", "False", "Unreachable"),
          new State(
              "partly-fresh",
              """
              registries:
                - {instanceId: cri-abc, region: cn-hangzhou}
                - {instanceId: cri-gone, region: cn-hangzhou}
              targets: {namespaces: {names: [partly-fresh]}}
              """,
              "False",
              "PartlyFresh"),
          new State(
              "none-fresh",
              """
              registries:
                - {instanceId: cri-gone, region: cn-hangzhou}
                - {instanceId: cri-key-deleted, region: cn-hangzhou, credentials: {secretRef: {name: key-deleted}}}
              targets: {namespaces: {names: [none-fresh]}}
              """,
              "False",
              "NoneFresh"),
          new State(
              "suspended",
              """
              registries: [{instanceId: cri-abc, region: cn-hangzhou}]
              targets: {namespaces: {names: [suspended]}}
              suspend: true
              """,
              "False",
              "Suspended"),
          new State(
              "region-unknown",
              """
              registries: [{instanceId: cri-abc}]
              targets: {namespaces: {names: [region-unknown]}}
              """,
              "False",
              "RegionUnknown"),
          new State(
              "domain-a",
              """
              registries: [{instanceId: cri-abc, region: cn-hangzhou, domains: [img.example.cn]}]
              targets: {namespaces: {names: [domain-a]}}
              """,
              "True",
              "Ready"),
          new State(
              "domain-conflict",
              """
              registries:
                - {instanceId: cri-other, region: cn-hangzhou, credentials: {secretRef: {name: other}}, domains: [img.example.cn]}
              targets: {namespaces: {names: [domain-a]}}
              """,
              "False",
              "DomainConflict"),
          email("email-a", "True", "Ready"),
          email("email-differs", "True", "EmailDiffers"),
          ownIdentity("secret-occupied", "instanceId: cri-abc", "False", "SecretOccupied"),
          ownIdentity("quota-exhausted", "instanceId: cri-abc", "False", "BindingFailed"),
          new State(
              "healing-not-allowed",
              """
              registries: [{instanceId: cri-abc, region: cn-hangzhou}]
              targets: {namespaces: {names: [healing-not-allowed]}}
              healPods: true
              """,
              "True",
              "HealingNotAllowed"),
          new State(
              "injects-not",
              """
              registries: [{instanceId: cri-abc, region: cn-hangzhou}]
              targets: {namespaces: {names: [injects-not]}}
              injectPods: true
              """,
              "True",
              "InjectionNotInstalled"),
          ownIdentity("excluded", "instanceId: cri-abc", "True", "Ready"),
          new State(
              "role-denied",
              """
              registries:
                - instanceId: cri-abc
                  region: cn-hangzhou
                  credentials: {assumeRole: {roleArn: "acs:ram::3001:role/acr-pull"}}
              targets: {namespaces: {names: [role-denied]}}
              """,
              "False",
              "AccessDenied"),
          new State(
              "no-rrsa-token",
              """
              registries:
                - instanceId: cri-abc
                  region: cn-hangzhou
                  credentials:
                    oidc: {roleArn: "acs:ram::1001:role/rrsa", providerArn: "acs:ram::1001:oidc-provider/ack-rrsa-c1"}
              targets: {namespaces: {names: [no-rrsa-token]}}
              """,
              "False",
              "CredentialsMissing"));

  /** Of the operator's own identity. */
  private static State ownIdentity(String name, String registry, String ready, String reason) {
    return new State(
        name,
        """
        registries: [{%s, region: cn-hangzhou}]
        targets: {namespaces: {names: [%s]}}
        """
            .formatted(registry, name),
        ready,
        reason);
  }

  /** An account of its own, so that its errors affect no other policy. */
  private static State ownAccount(String name, String ready, String reason) {
    return new State(
        name,
        """
        registries: [{instanceId: cri-%1$s, region: cn-hangzhou, credentials: {secretRef: {name: %1$s}}}]
        targets: {namespaces: {names: [%1$s]}}
        """
            .formatted(name),
        ready,
        reason);
  }

  private static State email(String name, String ready, String reason) {
    return new State(
        name,
        """
        registries: [{instanceId: cri-email, region: cn-hangzhou, credentials: {secretRef: {name: email}}}]
        targets: {namespaces: {names: [%1$s]}}
        email: %1$s@example.com
        """
            .formatted(name),
        ready,
        reason);
  }

  @BeforeAll
  static void produceAllStates() throws IOException {
    env = OperatorTestEnvironment.create(KubectlOutputIT::accounts);
    env.withVariable("ACR_REGION", "").withVariable("ACR_EXCLUDED_NAMESPACES", "excluded");
    env.acr.inject(Fault.throttling().onInstance("cri-throttled"));
    env.acr.inject(Fault.dropConnection().onInstance("cri-unreachable"));
    env.acr.inject(Fault.html(502).onInstance("cri-proxy-page"));
    env.acr.revokeAccessKey(keyId("key-deleted"));
    env.acr.disableAccessKey(keyId("key-disabled"));
    accountNames()
        .filter(name -> !name.equals("secret-missing"))
        .forEach(name -> env.createKeySecret("kube-system", name, keyId(name), keySecret(name)));
    env.createKeySecret("kube-system", "key-mismatch", keyId("key-mismatch"), "another");
    env.createKeySecret(
        "kube-system",
        "secret-malformed",
        "AccessKey ID,AccessKey Secret\nLTAI5t,x\n".getBytes(StandardCharsets.UTF_8),
        "x".getBytes(StandardCharsets.UTF_8));
    for (State state : STATES) {
      env.createNamespace(state.policy(), Map.of());
    }
    env.createNamespace("refresh-fails", Map.of());
    occupyPullSecret("secret-occupied");
    Quotas.refuseSecrets(env.client, "quota-exhausted");

    STATES.forEach(state -> env.createPolicy(state.policy(), state.spec()));
    capture("no-operator", "ready");
    env.startOperator();
    State refreshFails = ownAccount("refresh-fails", "True", "AccessDenied");
    env.createPolicy(refreshFails.policy(), refreshFails.spec());
    env.awaitReady("refresh-fails");
    env.acr.disableAccessKey(keyId("refresh-fails"));
    env.requestRefresh("refresh-fails");
    List<State> states = new ArrayList<>(STATES);
    states.add(refreshFails);
    states.forEach(KubectlOutputIT::awaitState);
    env.awaitNoRequests(); // Events are written after the status
    states.forEach(state -> capture(state.policy(), state.policy()));
    listOfOldPolicies = KubectlOutput.table(run("kubectl get acrpol"), "364d");

    captureConfigMap();
    env.operator().close();
    assertThat(env.runCommand("cleanup").exitCode()).isZero();
    capture("cleaned-up", "ready");
  }

  private static void captureConfigMap() {
    AcrConfigurationConfigMap configMap = new AcrConfigurationConfigMap(env);
    // One key, because kubectl describes several in any order.
    configMap.create(
        Map.of(
            "acr-registry-info",
            """
            - instanceId: cri-abc
              regionId: cn-hangzhou
            - instanceId: cri-def
              regionId: hangzhou
            """));
    env.awaitCondition(AcrConfigurationConfigMap.NAME, "Bound", "True", "Ready");
    env.awaitCondition(AcrConfigurationConfigMap.NAME, "Ready", "False", "PartlyAccepted");
    env.awaitNoRequests();
    capture("config-partly", AcrConfigurationConfigMap.NAME);

    FakeCredentialHelper helper = new FakeCredentialHelper(env);
    helper.install();
    helper.ready(1);
    env.awaitCondition(AcrConfigurationConfigMap.NAME, "Ready", "False", "CredentialHelperRunning");
    env.awaitNoRequests();
    capture("config-helper-runs", AcrConfigurationConfigMap.NAME);

    helper.uninstall();
    env.awaitCondition(AcrConfigurationConfigMap.NAME, "Ready", "False", "PartlyAccepted");
    configMap.edit(data -> data.put("acr-registry-info", "- instanceId: cri-abc\n  [\n"));
    env.awaitCondition(AcrConfigurationConfigMap.NAME, "Ready", "False", "Invalid");
    env.awaitNoRequests();
    capture("config-unreadable", AcrConfigurationConfigMap.NAME);
    String policy = OUTPUTS.get("config-unreadable");
    OUTPUTS.put(
        "config-unreadable",
        awaitBeginning(
            "config-unreadable",
            () ->
                policy
                    + description("kubectl -n kube-system describe configmap acr-configuration")));
  }

  /** The files of all states help more than the first failure alone. */
  private static void awaitState(State state) {
    try {
      env.awaitCondition(state.policy(), "Ready", state.ready(), state.reason());
      // Bound is Unknown at first, and False after its grace period.
      env.awaitStatus(
          state.policy(),
          status ->
              status
                  .condition("Bound")
                  .filter(bound -> bound.getStatus().equals("Unknown"))
                  .filter(bound -> bound.getReason().equals("Binding"))
                  .isEmpty());
    } catch (ConditionTimeoutException e) {
      UNEXPECTED.add(state.policy() + ": " + e.getMessage());
    }
  }

  @AfterAll
  static void close() {
    env.close();
  }

  @Test
  void reachesEveryState() {
    assertThat(UNEXPECTED).isEmpty();
  }

  @Test
  void showsEveryStateAsTheFilesSay() throws IOException {
    assertThat(OUTPUTS).hasSizeGreaterThan(25);
    SoftAssertions softly = new SoftAssertions();
    for (Map.Entry<String, String> output : OUTPUTS.entrySet()) {
      Path file = GOLDEN.resolve(output.getKey() + ".txt");
      if (Boolean.getBoolean("golden.update")) {
        Files.createDirectories(GOLDEN);
        Files.writeString(file, output.getValue());
      }
      softly.assertThat(output.getValue()).as("%s", file).isEqualTo(expected(output.getKey()));
    }
    softly.assertAll();
  }

  @Test
  void columnsFitATerminal() {
    assertThat(listOfOldPolicies.lines())
        .hasSizeGreaterThan(25)
        .anyMatch(line -> line.startsWith(LONGEST))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
  }

  private static void capture(String state, String policy) {
    String get = "kubectl get acrpol " + policy;
    OUTPUTS.put(
        state,
        awaitBeginning(
            state,
            () ->
                table(get, "7m")
                    + table(get + " -o wide", "7m")
                    + description("kubectl describe acrpol " + policy)));
  }

  /**
   * Returns the output as soon as the file of the state begins with it, because Events are written
   * after the status, or what it is in the end.
   */
  private static String awaitBeginning(String state, Supplier<String> output) {
    String expected = expected(state);
    long start = System.nanoTime();
    String last = output.get();
    while (!expected.startsWith(last) && System.nanoTime() - start < patience.toNanos()) {
      last = output.get();
    }
    patience = patience.minusNanos(System.nanoTime() - start);
    return last;
  }

  private static String expected(String state) {
    Path file = GOLDEN.resolve(state + ".txt");
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String table(String command, String age) {
    return "$ " + command + "\n" + KubectlOutput.table(run(command), age) + "\n";
  }

  private static String description(String command) {
    return "$ " + command + "\n" + KubectlOutput.description(run(command)) + "\n";
  }

  private static String run(String command) {
    return DocPage.run(command, Path.of("").toAbsolutePath(), env.kube);
  }

  // ---- given

  private static Stream<String> accountNames() {
    return Stream.concat(
        Stream.of("other", "email", "refresh-fails"),
        STATES.stream()
            .filter(state -> state.spec().contains("secretRef: {name: " + state.policy()))
            .map(State::policy));
  }

  private static void accounts(Setup setup) {
    setup.region("cn-beijing");
    int uid = 2001;
    for (String name : accountNames().toList()) {
      setup
          .account(String.valueOf(uid++))
          .accessKey(keyId(name), keySecret(name))
          .enterprise("cri-" + name, "cn-hangzhou", name);
      switch (name) {
        case "token-denied" -> setup.denyAction("cr:GetAuthorizationToken");
        case "domains-denied" -> setup.denyAction("cr:ListInstanceEndpoint");
        default -> {}
      }
    }
    setup.account("3001").role("acs:ram::3001:role/acr-pull");
  }

  private static String keyId(String name) {
    return "LTAI5tCanary" + name.replace("-", "");
  }

  private static String keySecret(String name) {
    return "CanarySecret" + name.replace("-", "");
  }

  private static void occupyPullSecret(String namespace) {
    env.create(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: acr-credential-secret-aggregation, namespace: %s}
        type: Opaque
        """
            .formatted(namespace));
  }
}
