// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.http.TlsFront;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged operator with the environment that the chart renders for {@code proxy} and {@code
 * caBundle} calls through the proxy and trusts its certificate.
 */
class CompanyProxyIT {

  private static final String HOST = "cr.cn-hangzhou.aliyuncs.com";

  @TempDir private Path folder;

  @Test
  void sendsCallsThroughATlsInspectingProxy() throws Exception {
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create();
        CompanyProxy proxy =
            CompanyProxy.start(folder, HOST, "alice", "s3cret", env.acr.endpoint("cn-hangzhou"))) {
      // given
      environment(proxy).forEach(env::withVariable);
      env.withVariable("ACR_ENDPOINT_REGISTRY_CN_HANGZHOU", "https://" + HOST);
      OperatorProcess operator = env.startOperator();

      // when
      env.createPolicy("proxied", "registries: [{instanceId: cri-abc}]");

      // then
      env.awaitReady("proxied");
      assertThat(proxy.requests()).isNotEmpty().containsOnly("CONNECT " + HOST + ":443");
      assertThat(operator.log()).doesNotContain("deprecated");
    }
  }

  @Test
  void trustsAReplacedCaWithoutARestartAndNamesTheBundleUntilThen() throws Exception {
    try (OperatorTestEnvironment env = OperatorTestEnvironment.create();
        CompanyProxy proxy =
            CompanyProxy.start(folder, HOST, "alice", "s3cret", env.acr.endpoint("cn-hangzhou"))) {
      // given
      Path bundle = folder.resolve("ca.crt");
      String ca = Files.readString(bundle);
      Files.writeString(bundle, Files.readString(otherCa()));
      environment(proxy).forEach(env::withVariable);
      env.withVariable("ACR_ENDPOINT_REGISTRY_CN_HANGZHOU", "https://" + HOST).startOperator();
      env.createPolicy("proxied", "registries: [{instanceId: cri-abc}]");
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(env.status("proxied"))
                      .extracting(status -> status.registries().get(0).error())
                      .isNotNull()
                      .satisfies(
                          error -> {
                            assertThat(error.message()).contains("CA is not trusted");
                            assertThat(error.advice()).contains("caBundle");
                          }));

      // when
      Files.writeString(bundle, ca);

      // then
      env.awaitReady("proxied");
    }
  }

  private Path otherCa() throws Exception {
    Path other = Files.createDirectories(folder.resolve("other"));
    TlsFront.start(other, HOST, "127.0.0.1", 0, URI.create("http://127.0.0.1:1")).close();
    return other.resolve("ca.crt");
  }

  /** The environment as kubelet provides it: Secrets resolved, the bundle mounted. */
  private Map<String, String> environment(CompanyProxy proxy) {
    String rendered = Chart.render(Chart.FOLDER.resolve("ci/proxy-values.yaml"));
    Object container =
        Chart.at(Chart.object(rendered, "Deployment"), "spec", "template", "spec", "containers", 0);
    Map<String, String> secret = Map.of("user", "alice", "pass", "s3cret");
    Map<String, String> environment = new HashMap<>();
    for (Object variable : Chart.list(Chart.at(container, "env"))) {
      Object key = Chart.at(variable, "valueFrom", "secretKeyRef", "key");
      String value =
          key == null ? (String) Chart.at(variable, "value") : secret.get(key.toString());
      // A field of the pod has neither.
      if (value != null) {
        environment.put(
            (String) Chart.at(variable, "name"),
            value
                .replace("proxy.example.com", "127.0.0.1")
                .replace("3128", proxy.port())
                .replace("/etc/acr-credential-operator/ca", folder.toString()));
      }
    }
    return environment;
  }
}
