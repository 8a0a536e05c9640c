// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.simulator.RecordedCall;
import io.acrcredential.operator.testkit.simulator.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged operator sends what the official SDKs send. SdkWireTest compares the SDKs with the
 * golden files, this test compares the operator with them.
 */
class WireIT {

  private static final String SUBJECT =
      "system:serviceaccount:kube-system:aliyun-acr-credential-helper";

  @TempDir private Path folder;

  @Test
  void sendsEveryCallAsTheOfficialSdkDoes() throws Exception {
    // given
    try (OperatorTestEnvironment env =
        OperatorTestEnvironment.create(
            more -> {
              more.oidcProvider(Wire.OIDC_PROVIDER, "https://oidc.example/c1")
                  .role(Wire.OIDC_ROLE)
                  .trustsOidc(Wire.OIDC_PROVIDER, SUBJECT);
              more.account("1002")
                  .enterprise("cri-b", "cn-hangzhou", "other")
                  .personal("cn-hangzhou")
                  .role(Wire.ROLE)
                  .trusts("1001")
                  .trusts(Wire.OIDC_ROLE);
            })) {
      Path token = folder.resolve("token");
      Files.writeString(
          token, env.acr.oidcToken(SUBJECT, "sts.aliyuncs.com", Duration.ofMinutes(5)));
      env.withVariable("ALIBABA_CLOUD_OIDC_TOKEN_FILE", token.toString()).startOperator();

      // when
      String role =
          "assumeRole: {roleArn: \"%s\", sessionPolicy: '%s'}".formatted(Wire.ROLE, Wire.POLICY);
      String oidc =
          "oidc: {roleArn: \"%s\", providerArn: \"%s\"}"
              .formatted(Wire.OIDC_ROLE, Wire.OIDC_PROVIDER);
      env.createPolicy(
          "wire",
          """
          registries:
            - {instanceId: cri-abc}
            - {instanceId: ""}
            - {instanceId: cri-b, credentials: {%1$s}}
            - {instanceId: "", repositoryPrefixes: [b], credentials: {%1$s}}
            - {instanceId: cri-abc, domains: [one.example], credentials: {%2$s}}
            - {instanceId: cri-b, domains: [two.example], credentials: {%2$s, %1$s}}
          """
              .formatted(role, oidc));

      // then
      List<String> goldens =
          List.of(
              "enterprise-token",
              "list-instance-endpoint",
              "personal-token",
              "enterprise-token-temporary",
              "personal-token-temporary",
              "assume-role",
              "assume-role-temporary",
              "assume-role-with-oidc");
      for (String name : goldens) {
        String golden = withoutPolicy(Wire.golden(name));
        await()
            .atMost(Awaits.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(env.acr.calls())
                        .as(name)
                        .extracting(call -> withoutPolicy(call.wire()))
                        .contains(golden));
      }
      for (RecordedCall call : env.acr.calls()) {
        if (OperatorTestEnvironment.KEY_ID.equals(call.accessKeyId())) {
          assertThat(call.signature())
              .isEqualTo(call.rightSignature(OperatorTestEnvironment.KEY_SECRET));
        }
      }
      assertThat(
              env.acr.calls().stream()
                  .filter(call -> call.api().equals("AssumeRole"))
                  .map(RecordedCall::sessionPolicy))
          .containsOnly(Wire.POLICY);
    }
  }

  /** The session policy of the last RRSA role is the default: the three pull actions. */
  private static String withoutPolicy(String wire) {
    return wire.replaceAll("(?m)^& Policy=.*\\R?", "");
  }
}
