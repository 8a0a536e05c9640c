// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.alibabacloud.client.AcrOperations;
import io.acrcredential.operator.cli.Verdict;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.policy.RegistryRef;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is checked if the API server answers every request with the same code. */
class CheckTest {

  private final List<RegistryRef> checked = new ArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer apiServer;
  private int code;

  @BeforeEach
  void start() throws IOException {
    apiServer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    apiServer.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestURI().getPath());
          byte[] body =
              "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":%d}"
                  .formatted(code)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(code, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    apiServer.start();
  }

  @AfterEach
  void stop() {
    apiServer.stop(0);
  }

  @Test
  void policiesThatCannotBeReadLeaveNothingToCheck() {
    // given
    code = 403;

    // when
    List<Step> steps = run(true);

    // then
    assertThat(checked).isEmpty();
    assertThat(steps)
        .filteredOn(step -> step.name().equals("policies"))
        .singleElement()
        .satisfies(
            step -> {
              assertThat(step.verdict()).isEqualTo(Verdict.UNKNOWN);
              assertThat(step.advice()).startsWith("Add --instance ID");
            });
    assertThat(steps).extracting(Step::verdict).doesNotContain(Verdict.BROKEN);
  }

  @Test
  void withoutPoliciesThePersonalEditionIsChecked() {
    // given a cluster that does not know policies
    code = 404;
    run(true);

    // and no cluster
    run(false);

    // then
    assertThat(checked).extracting(RegistryRef::instanceId).containsExactly("", "");
  }

  /** The operator's own identity and each registry with that identity ask for the same Secret. */
  @Test
  void eachSecretIsReadOnce() {
    // given
    code = 404;

    // when
    run(true);

    // then
    assertThat(checked).hasSize(1);
    assertThat(requests)
        .filteredOn(path -> path.contains("/secrets/"))
        .isNotEmpty()
        .doesNotHaveDuplicates();
  }

  private List<Step> run(boolean isConfigured) {
    CredentialSecretCache secrets = new CredentialSecretCache();
    CredentialsResolver credentials =
        new CredentialsResolver(
            secrets,
            "kube-system",
            name -> Optional.of("Canary" + name),
            Path.of("none"),
            null,
            null);
    String url = "http://127.0.0.1:" + apiServer.getAddress().getPort();
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(io.fabric8.kubernetes.client.Config.empty())
                    .withMasterUrl(url)
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .build()) {
      return new Check(
              new ClusterReader(client, secrets, isConfigured),
              credentials,
              new ClusterRegion(),
              () -> Optional.of("cn-hangzhou"),
              new RegistryCheck(
                  new RecordingAcr(),
                  region -> Uni.createFrom().item("https://cr." + region + ".example"),
                  credentials.newBatch(),
                  Clock.systemUTC()))
          .run(CheckOptions.parse(List.of()));
    }
  }

  private final class RecordingAcr implements AcrOperations {
    @Override
    public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
      checked.add(ref);
      return Uni.createFrom().failure(new IllegalStateException("no token"));
    }

    @Override
    public Uni<List<String>> domains(RegistryRef ref, AccessKey key) {
      return Uni.createFrom().item(List.of());
    }
  }
}
