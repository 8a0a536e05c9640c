// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorProcess.Ended;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command against the simulator: without a cluster, and in one. */
class CheckIT {

  private static final String KEY_ID = "LTAI5tCanaryKeyId0001";
  private static final String KEY_SECRET = "CanaryKeySecret0001";

  @TempDir private Path folder;
  private AcrSimulator acr;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void start() {
    acr =
        AcrSimulator.start(
            setup ->
                setup
                    .account("1001")
                    .accessKey(KEY_ID, KEY_SECRET)
                    .enterprise("cri-abc", "cn-hangzhou", "acme")
                    .personal("cn-hangzhou")
                    .region("cn-beijing"));
    environment.putAll(acr.environment());
    environment.put("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY_ID);
    environment.put("ALIBABA_CLOUD_ACCESS_KEY_SECRET", KEY_SECRET);
    // No kubeconfig, neither named nor in the home directory.
    environment.put("KUBECONFIG", "");
    environment.put("HOME", folder.toString());
  }

  @AfterEach
  void stop() {
    acr.close();
  }

  @Test
  void printsEveryStepOfAHealthyInstanceWithoutACluster() {
    // when
    Ended ended = check("--region", "cn-hangzhou", "--instance", "cri-abc");

    // then
    assertThat(ended.exitCode()).as(ended.printed() + ended.logged()).isZero();
    assertThat(ended.logged()).isEmpty();
    assertThat(
            ended
                .printed()
                .lines()
                .map(line -> line.replaceAll("\\d+ min left, until$", "N left, until")))
        .filteredOn(line -> !line.startsWith("acr-credential-operator ") && !line.endsWith("Z"))
        .containsExactly(
            "ok       region      cn-hangzhou (--region)",
            "ok       identity    AccessKey in the environment",
            "",
            "instance cri-abc in cn-hangzhou",
            "ok       credentials an AccessKey that does not expire; STS is not called",
            "ok       endpoint    " + acr.endpoint("cn-hangzhou"),
            "ok       token       cr:GetAuthorizationToken gives a token with N left, until",
            "ok       domains     cr:ListInstanceEndpoint gives"
                + " acme-registry.cn-hangzhou.cr.aliyuncs.com,",
            "                     acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com",
            "",
            "Everything works.");
    assertThat(acr.count("GetAuthorizationToken")).isOne();
  }

  @Test
  void namesTheActionThatRamDenies() {
    // given
    acr.denyAction("1001", "cr:ListInstanceEndpoint");

    // then
    Ended ended = check("--region=cn-hangzhou", "--instance=cri-abc");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.printed())
        .contains(
            "ok       token", "BROKEN   domains", "The RAM policy lacks cr:ListInstanceEndpoint");
  }

  @Test
  void tellsAnInstanceOfAnotherRegion() {
    assertBroken(
        check("--region=cn-beijing", "--instance=cri-abc"),
        "INSTANCE_NOT_EXIST",
        "No such instance in this region");
  }

  @Test
  void tellsADisabledAccessKey() {
    // given
    acr.disableAccessKey(KEY_ID);

    // then
    assertBroken(
        check("--region=cn-hangzhou"), "InvalidAccessKeyId.Inactive", "The AccessKey is disabled");
  }

  @Test
  void correctsAWrongClockAndSaysSo() {
    // given
    acr.clockSkew(Duration.ofMinutes(20));

    // when
    Ended ended = check("--region=cn-hangzhou", "--instance=cri-abc");

    // then
    assertThat(ended.exitCode()).as(ended.printed()).isZero();
    assertThat(ended.printed())
        .containsPattern(
            "ok       clock       The clock of the service is (11\\d\\d|120\\d) s ahead")
        .contains("Set the clock of this machine");
  }

  @Test
  void hasNoConclusionIfTheServiceDoesNotAnswer() {
    // given
    acr.inject(Fault.dropConnection());

    // then
    Ended ended = check("--region=cn-hangzhou", "--instance=cri-abc");
    assertThat(ended.exitCode()).as(ended.printed()).isEqualTo(2);
    assertThat(ended.printed()).contains("UNKNOWN  token       ConnectionFailed", "No conclusion");
  }

  @Test
  void tellsAMissingIdentityAndAnUnknownRegion() {
    // given
    environment.remove("ALIBABA_CLOUD_ACCESS_KEY_ID");

    // then
    assertBroken(
        check("--region=cn-hangzhou"),
        "CredentialsMissing: The operator has no identity of its own",
        "kubectl -n kube-system create secret generic alibaba-addon-secret");
    assertBroken(check(), "RegionUnknown", "Add --region cn-hangzhou");
  }

  @Test
  void printsTheSameAsJson() throws Exception {
    // when
    Ended ended = check("--region=cn-hangzhou", "--instance=", "-o", "json");

    // then
    JsonNode report = new ObjectMapper().readTree(ended.printed());
    assertThat(report.path("verdict").asText()).isEqualTo("ok");
    assertThat(StreamSupport.stream(report.path("steps").spliterator(), false))
        .extracting(step -> step.path("name").asText() + " " + step.path("verdict").asText())
        .containsExactly(
            "region ok", "identity ok", "credentials ok", "endpoint ok", "token ok", "domains ok");
  }

  /** As the pod of {@code helm test} runs it. */
  @Test
  void checksWhatThePoliciesOfTheClusterName() {
    try (OperatorTestEnvironment env =
        OperatorTestEnvironment.create(more -> more.region("cn-beijing"))) {
      // given a policy without and one with a mistake
      env.createPolicy("good", "registries: [{instanceId: cri-abc}]");
      env.createPolicy("bad", "registries: [{instanceId: cri-abc, region: cn-beijing}]");

      // when
      Ended ended = env.runCommand("check");

      // then
      assertThat(ended.exitCode()).as(ended.printed() + ended.logged()).isEqualTo(1);
      assertThat(ended.printed())
          .contains(
              "ok       identity    AccessKey in Secret kube-system/alibaba-addon-secret",
              "instance cri-abc in cn-hangzhou\nok       credentials",
              "instance cri-abc in cn-beijing\nok       credentials",
              "BROKEN   token       INSTANCE_NOT_EXIST");
    }
  }

  private static void assertBroken(Ended ended, String... parts) {
    assertThat(ended.exitCode()).as(ended.printed() + ended.logged()).isEqualTo(1);
    assertThat(ended.printed().replaceAll("\\s+", " ")).contains(parts);
  }

  private Ended check(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "check";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Ended ended = OperatorProcess.run(folder, environment, command);
    assertThat(List.of(ended.printed(), ended.logged()))
        .allSatisfy(text -> assertThat(text).doesNotContain(KEY_ID, KEY_SECRET, "1001"));
    return ended;
  }
}
