// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import java.nio.file.Path;
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
      env.withVariable("ACR_ENDPOINT_REGISTRY_CN_HANGZHOU", "https://" + HOST).startOperator();

      // when
      env.createPolicy("proxied", "registries: [{instanceId: cri-abc}]");

      // then
      env.awaitReady("proxied");
      assertThat(proxy.requests()).isNotEmpty().containsOnly("CONNECT " + HOST + ":443");
    }
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
      environment.put(
          (String) Chart.at(variable, "name"),
          value
              .replace("proxy.example.com:3128", proxy.address())
              .replace("/etc/acr-credential-operator/ca", folder.toString()));
    }
    return environment;
  }
}
