// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The order of the operator's writes in a cluster of many namespaces. */
@RequiresRealCluster
class WorkOrderIT {

  private static final int NAMESPACES = 120;
  private static final int CLIENTS = 8;

  /** Of the operator. */
  private static final int WORKERS = 16;

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String SPEC =
      """
      registries: [{instanceId: cri-abc}]
      targets:
        namespaces: {selector: {matchLabels: {acr: "on"}}}
        serviceAccounts: {selector: {}}
      """;

  private static final ExecutorService CLIENT_THREADS = Executors.newFixedThreadPool(CLIENTS);
  private static OperatorTestEnvironment env;

  @BeforeAll
  static void createNamespaces() throws Exception {
    env = OperatorTestEnvironment.create();
    inParallel(
        NAMESPACES,
        n -> {
          env.createNamespace(namespace(n), Map.of("acr", "on"));
          env.createServiceAccount(namespace(n), "app");
        });
    env.createNamespace("tenant", Map.of("acr", "on"));
  }

  @AfterAll
  static void close() {
    CLIENT_THREADS.shutdownNow();
    env.close();
  }

  @AfterEach
  void removePoliciesAndStop() {
    env.client.resources(AcrCredentialPolicy.class).delete();
    await()
        .atMost(PATIENCE)
        .until(() -> env.client.resources(AcrCredentialPolicy.class).list().getItems().isEmpty());
    env.operator().stop();
  }

  @Test
  void bindsTheServiceAccountsOfANamespaceBeforeItWritesAllOthers() {
    // given
    int before = writes().size();
    env.createPolicy("first", SPEC);

    // when
    env.startOperator();
    env.awaitStatus("first", status -> status.serviceAccounts() == 2 * NAMESPACES + 1);
    env.awaitNoRequests();

    // then: 16 workers begin with a namespace each
    List<JsonNode> writes = writesSince(before);
    List<String> resources = writes.stream().map(WorkOrderIT::resource).toList();
    assertThat(resources.indexOf("serviceaccounts"))
        .as("Secrets written before the first ServiceAccount")
        .isBetween(1, 40);
    assertThat(resources).filteredOn("secrets"::equals).hasSize(NAMESPACES + 1);
    // and a single ServiceAccount shows that no admission policy binds it: two patches more
    assertThat(writes).hasSizeBetween(3 * NAMESPACES + 2, 3 * NAMESPACES + 4);
    // and at no time are many namespaces half done
    List<String> namespaces =
        writes.stream().map(write -> write.at("/objectRef/namespace").asText()).toList();
    assertThat(
            IntStream.range(0, writes.size())
                .map(
                    i ->
                        Set.copyOf(namespaces.subList(0, i)).stream()
                            .filter(name -> namespaces.lastIndexOf(name) >= i)
                            .toList()
                            .size()))
        .as("namespaces with some of their writes")
        .allMatch(open -> open < 60);
  }

  /** By the right to create ServiceAccounts in a single namespace. */
  @Test
  void aTenantWhoCreatesManyServiceAccountsDoesNotHoldARotationBack() throws Exception {
    // given a tenant who has used up what may be urgent
    env.createPolicy("rotated", SPEC);
    env.startOperator();
    env.awaitStatus("rotated", status -> status.serviceAccounts() == 2 * NAMESPACES + 1);
    env.awaitNoRequests();
    int before = writes().size();
    AtomicInteger created = new AtomicInteger();
    Future<?> tenant =
        CLIENT_THREADS.submit(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                env.createServiceAccount("tenant", "job-" + created.incrementAndGet());
              }
            });
    await().atMost(PATIENCE).until(() -> bindings(writes()) > bindings(writes(before)) + 60);

    // when
    int start = writes().size();
    env.requestRefresh("rotated");
    await().atMost(PATIENCE).until(() -> rotated(start) == NAMESPACES + 1);
    tenant.cancel(true);

    // then
    List<JsonNode> since = writesSince(start);
    List<String> resources = since.stream().map(WorkOrderIT::resource).toList();
    List<Integer> secrets =
        IntStream.range(0, resources.size())
            .filter(i -> resources.get(i).equals("secrets"))
            .boxed()
            .toList();
    // without the last of each worker, because a single slow request says nothing of the order
    int first = secrets.get(0);
    int last = secrets.get(secrets.size() - 1 - WORKERS);
    // 50 more are urgent in each period of 10 s that begins meanwhile
    long periods = Duration.between(time(since.get(first)), time(since.get(last))).toSeconds() / 10;
    assertThat(resources.subList(first, last))
        .as("the tenant's bindings while %d Secrets are written", NAMESPACES)
        .filteredOn("serviceaccounts"::equals)
        .hasSizeLessThan(NAMESPACES / 3 + 50 * (int) (periods + 1));
  }

  private static long bindings(List<JsonNode> writes) {
    return writes.stream().filter(write -> resource(write).equals("serviceaccounts")).count();
  }

  private static List<JsonNode> writesSince(int start) {
    List<JsonNode> writes = writes();
    return writes.subList(start, writes.size());
  }

  private static List<JsonNode> writes(int number) {
    return writes().subList(0, number);
  }

  private static long rotated(int start) {
    return writesSince(start).stream().filter(write -> resource(write).equals("secrets")).count();
  }

  private static Instant time(JsonNode request) {
    return Instant.parse(request.path("stageTimestamp").asText());
  }

  private static String resource(JsonNode request) {
    return request.at("/objectRef/resource").asText();
  }

  /** Writes of pull Secrets and ServiceAccounts, in the order in which they were completed. */
  private static List<JsonNode> writes() {
    return env.kube.audited(OperatorTestEnvironment.OPERATOR_USER).stream()
        .filter(entry -> entry.path("verb").asText().matches("create|patch|update"))
        .filter(entry -> !entry.path("requestURI").asText().contains("dryRun=All"))
        .filter(
            entry ->
                resource(entry).equals("serviceaccounts")
                    || resource(entry).equals("secrets")
                        && !entry.at("/objectRef/namespace").asText().equals("kube-system"))
        .toList();
  }

  private static String namespace(int n) {
    return "team-" + n;
  }

  private static void inParallel(int count, IntConsumer action) throws Exception {
    List<? extends Future<?>> futures =
        IntStream.range(0, count)
            .mapToObj(n -> CLIENT_THREADS.submit(() -> action.accept(n)))
            .toList();
    for (Future<?> future : futures) {
      future.get();
    }
  }
}
