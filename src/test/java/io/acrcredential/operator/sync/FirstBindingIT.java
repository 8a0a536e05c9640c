// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.PullSecrets;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.http.ApiFaultProxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a process does while it still lists a large cluster. The API server lists in the order of
 * namespaces. A proxy holds the second page of the ServiceAccounts back, as long as the test wants.
 */
@RequiresRealCluster
class FirstBindingIT {

  /** More than one page of 500. */
  private static final int MANY = 520;

  private static final Map<String, String> COVERED = Map.of("acr", "on");

  private OperatorTestEnvironment env;
  private ApiFaultProxy proxy;
  private Path kubeconfig;

  @BeforeEach
  void fillTwoPages(@TempDir Path folder) throws Exception {
    env = OperatorTestEnvironment.create();
    proxy = ApiFaultProxy.start(URI.create(env.client.getMasterUrl().toString()), folder);
    kubeconfig = folder.resolve("kubeconfig");
    Files.writeString(
        kubeconfig,
        Files.readString(env.kube.operatorKubeconfig())
            .replaceAll("server: .*", "server: " + proxy.address())
            .replaceAll(
                "certificate-authority-data: .*",
                "certificate-authority: " + folder.resolve("ca.crt").toAbsolutePath()));
    env.createNamespace("aaa-first", COVERED);
    env.createNamespace("mmm-many", Map.of());
    IntStream.range(0, MANY)
        .parallel()
        .forEach(n -> env.createServiceAccount("mmm-many", "app-" + n));
    env.createNamespace("zzz-last", COVERED);
    env.createNamespace("zzz-stale", Map.of());
    env.createPolicy(
        "first",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {acr: "on"}}}
          serviceAccounts: {names: ["*"]}
        """);
  }

  @AfterEach
  void close() {
    env.close();
    proxy.close();
  }

  @Test
  void bindsTheFirstServiceAccountBeforeTheLastPageIsListed() {
    // given what an earlier process left in a namespace that no policy covers any more
    createPullSecret("zzz-stale");
    env.createServiceAccount("zzz-stale", "app", PULL_SECRET);
    int before = requests().size();

    // when
    CompletableFuture<Void> released = proxy.hold(FirstBindingIT::isLaterPage);
    OperatorProcess operator = env.startAnother(kubeconfig);
    env.awaitBound("aaa-first", "default");

    // then what must be known in full is not decided yet
    Awaits.steady().until(() -> env.pullSecret("zzz-stale") != null);
    assertThat(env.status("first")).as("status").isNull();
    Awaits.soon()
        .untilAsserted(
            () -> assertThat(operator.get("/q/health/ready")).contains("ServiceAccounts", "DOWN"));

    // when
    released.complete(null);

    // then
    env.awaitStatus("first", status -> status.serviceAccounts() == 2);
    env.awaitReady("first");
    env.awaitBound("zzz-last", "default");
    Awaits.soon().until(() -> env.pullSecret("zzz-stale") == null);
    assertThat(env.imagePullSecrets("zzz-stale", "app")).isEmpty();
    operator.awaitWorking();
    // and
    env.awaitNoRequests();
    List<JsonNode> requests = requests().subList(before, requests().size());
    assertThat(requests).filteredOn(FirstBindingIT::isLaterPage).isNotEmpty();
    assertThat(requests)
        .filteredOn(request -> isLaterPage(request) || isBinding(request))
        .first()
        .matches(FirstBindingIT::isBinding, "is a binding, and not the second page");
    // and nothing was written twice
    assertThat(requests)
        .filteredOn(request -> isWriteOf(request, "secrets"))
        .extracting(request -> request.at("/objectRef/namespace").asText())
        .filteredOn(namespace -> !namespace.equals("kube-system"))
        .containsExactlyInAnyOrder("aaa-first", "zzz-last", "zzz-stale");
  }

  private void createPullSecret(String namespace) {
    env.client
        .resource(
            PullSecrets.owned(namespace, PULL_SECRET)
                .editMetadata()
                .withResourceVersion(null)
                .endMetadata()
                .addToData(
                    ".dockerconfigjson",
                    Base64.getEncoder()
                        .encodeToString("{\"auths\":{}}".getBytes(StandardCharsets.UTF_8)))
                .build())
        .create();
  }

  private List<JsonNode> requests() {
    return env.kube.audited(OperatorTestEnvironment.OPERATOR_USER);
  }

  private static boolean isLaterPage(JsonNode request) {
    return isLaterPage(request.path("requestURI").asText());
  }

  private static boolean isLaterPage(String uri) {
    return uri.startsWith("/api/v1/serviceaccounts?") && uri.contains("continue=");
  }

  private static boolean isBinding(JsonNode request) {
    return isWriteOf(request, "serviceaccounts");
  }

  /** Whether it is a successful one. */
  private static boolean isWriteOf(JsonNode request, String resource) {
    return request.path("verb").asText().matches("create|patch|delete")
        && request.at("/objectRef/resource").asText().equals(resource)
        && request.at("/responseStatus/code").asInt() < 300
        && !request.path("requestURI").asText().contains("dryRun=All");
  }
}
