// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whoever may create ServiceAccounts in one namespace can create many of 1.4 MB. */
@RequiresRealCluster
class LargeServiceAccountsIT {

  private static final int COUNT = 45;

  /** So few that the API server of a slow machine can patch them. */
  private static final int SELECTED = 3;

  /** All of them together have 63 MB, and a page of a list has up to 500. */
  private static final String HEAP = "-Xmx80m";

  private static final ExecutorService CLIENT_THREADS = Executors.newFixedThreadPool(4);
  private static OperatorTestEnvironment env;

  @BeforeAll
  static void createNamespaces() {
    env = OperatorTestEnvironment.create();
    env.createNamespace("tenant", Map.of("acr", "on"));
    env.createPolicy(
        "all",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {acr: "on"}}}
          serviceAccounts: {selector: {matchLabels: {acr: "on"}}}
        """);
  }

  @AfterAll
  static void close() {
    CLIENT_THREADS.shutdownNow();
    env.close();
  }

  @Test
  void bindsLargeServiceAccountsAtStartAndLaterWithALittleMemory() throws Exception {
    // given
    createLarge("old-");
    List<String> command = OperatorProcess.command();
    command.removeIf(argument -> argument.startsWith("-Xmx"));
    command.add(1, HEAP);

    // when it starts
    OperatorProcess operator = env.startOperator(command);
    operator.awaitWorking();

    // and when as many are created while it runs
    createLarge("new-");

    // then it binds the few that a policy selects: the replies are as large as the requests
    env.awaitStatus("all", status -> status.serviceAccounts() == 2 * SELECTED);
    assertThat(operator.alive()).as(operator.log()).isTrue();
    assertThat(operator.log()).doesNotContain("OutOfMemoryError");
  }

  private static void createLarge(String prefix) throws Exception {
    // The mountable Secrets of a ServiceAccount have no limit of their own, annotations have.
    ServiceAccount template =
        new ServiceAccountBuilder()
            .withNewMetadata()
            .endMetadata()
            .addNewSecret()
            .withName("x".repeat(1_400_000))
            .endSecret()
            .build();
    for (var created :
        CLIENT_THREADS.invokeAll(
            IntStream.range(0, COUNT)
                .mapToObj(n -> Executors.callable(() -> create(template, prefix, n)))
                .toList(),
            3,
            TimeUnit.MINUTES)) {
      created.get();
    }
  }

  private static void create(ServiceAccount template, String prefix, int number) {
    env.client
        .serviceAccounts()
        .inNamespace("tenant")
        .resource(
            new ServiceAccountBuilder(template)
                .editMetadata()
                .withName(prefix + number)
                .addToLabels("acr", number < SELECTED ? "on" : "off")
                .endMetadata()
                .build())
        .create();
  }
}
