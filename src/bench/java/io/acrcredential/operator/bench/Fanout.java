package io.acrcredential.operator.bench;

import io.acrcredential.operator.policy.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.RecordedCall;
import io.acrcredential.operator.testkit.simulator.Setup;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * DESIGN section 9, fan-out: 100 instances in 20 regions over 5 accounts, each API call taking 200
 * ms. Measured at the simulator, from the arrival of the first call to the reply of the last.
 */
final class Fanout {

  private static final List<String> REGIONS =
      List.of(
          "cn-hangzhou",
          "cn-shanghai",
          "cn-qingdao",
          "cn-beijing",
          "cn-zhangjiakou",
          "cn-shenzhen",
          "cn-guangzhou",
          "cn-chengdu",
          "cn-hongkong",
          "ap-southeast-1",
          "ap-southeast-3",
          "ap-southeast-5",
          "ap-southeast-6",
          "ap-southeast-7",
          "ap-northeast-1",
          "ap-northeast-2",
          "eu-central-1",
          "eu-west-1",
          "us-east-1",
          "us-west-1");
  private static final int ACCOUNTS = 5;
  private static final Duration LATENCY = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CEILING = 10;

  /** Instances of one account and region, which the ceiling holds back. */
  private static final int CROWD = 40;

  private Fanout() {}

  public static void main(String[] args) throws Exception {
    boolean kept;
    try (KubeCluster kube = KubeCluster.startCached();
        AcrSimulator acr = AcrSimulator.start(Fanout::accounts)) {
      KubernetesClient client = kube.client();
      apply(client, Files.readString(Path.of("src", "main", "kubernetes", "crd.yaml")));
      for (int account = 0; account <= ACCOUNTS; account++) {
        keys(client, account);
      }
      Map<String, String> environment = new HashMap<>(acr.environment());
      environment.put("ACR_REGION", REGIONS.get(0));
      environment.put("ACR_REQUESTS_PER_SECOND", String.valueOf(CEILING));
      try (OperatorProcess operator =
          OperatorProcess.startAndAwait(kube.kubeconfig(), environment)) {
        acr.latency(LATENCY);
        apply(client, policy("fanout", spread()));
        awaitReady(client);
        header(kube);
        report("cold", acr.calls());
        acr.forgetCalls();
        refresh(client);
        awaitCalls(acr, 200);
        kept = report("warm", acr.calls());
        acr.forgetCalls();
        apply(client, policy("ceiling", IntStream.range(0, CROWD).mapToObj(Fanout::crowded)));
        awaitCalls(acr, 2 * CROWD);
        kept &= ceiling(acr.calls());
      }
    }
    System.exit(kept ? 0 : 1);
  }

  private static String crowded(int number) {
    return item("cri-crowd-" + number, 0, ACCOUNTS);
  }

  private static String item(String id, int region, int account) {
    return "    - {instanceId: %s, region: %s, credentials: {secretRef: {name: account-%d}}}"
        .formatted(id, REGIONS.get(region), account);
  }

  private static void accounts(Setup setup) {
    setup.account("1009").accessKey("LTAI5tBench" + ACCOUNTS, "secret" + ACCOUNTS);
    for (int number = 0; number < CROWD; number++) {
      setup.enterprise("cri-crowd-" + number, REGIONS.get(0), "crowd-" + number);
    }
    for (int account = 0; account < ACCOUNTS; account++) {
      setup.account("100" + account).accessKey("LTAI5tBench" + account, "secret" + account);
      for (int region = 0; region < REGIONS.size(); region++) {
        String id = "cri-" + account + "-" + region;
        setup.enterprise(id, REGIONS.get(region), "bench" + account + "-" + region);
      }
    }
  }

  private static Stream<String> spread() {
    return IntStream.range(0, ACCOUNTS)
        .boxed()
        .flatMap(
            account ->
                IntStream.range(0, REGIONS.size())
                    .mapToObj(region -> item("cri-" + account + "-" + region, region, account)));
  }

  private static String policy(String name, Stream<String> items) {
    return """
    apiVersion: acrcredential.io/v1alpha1
    kind: AcrCredentialPolicy
    metadata: {name: %s}
    spec:
      registries:
    %s
    """
        .formatted(name, items.collect(Collectors.joining("\n")));
  }

  private static void keys(KubernetesClient client, int account) {
    client
        .secrets()
        .inNamespace("kube-system")
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("account-" + account)
                .endMetadata()
                .addToData("access-key-id", base64("LTAI5tBench" + account))
                .addToData("access-key-secret", base64("secret" + account))
                .build())
        .create();
  }

  private static void awaitReady(KubernetesClient client) {
    client
        .resources(AcrCredentialPolicy.class)
        .withName("fanout")
        .waitUntilCondition(
            policy -> policy.getStatus() != null && "100/100".equals(policy.getStatus().fresh()),
            PATIENCE.toSeconds(),
            TimeUnit.SECONDS);
  }

  private static void refresh(KubernetesClient client) {
    client
        .resources(AcrCredentialPolicy.class)
        .withName("fanout")
        .edit(
            policy -> {
              policy
                  .getMetadata()
                  .setAnnotations(Map.of(AcrCredentialPolicy.REFRESH_REQUESTED_AT, "bench"));
              return policy;
            });
  }

  private static void awaitCalls(AcrSimulator acr, int calls) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (acr.calls().size() < calls && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static void header(KubeCluster kube) {
    System.out.printf("fan-out: 100 instances, 20 regions, 5 accounts, 200 ms a call%n");
    System.out.printf("  Kubernetes   %s%n", kube.describe());
    System.out.printf("  ceiling      %d calls a second for each account and region%n", CEILING);
  }

  private static boolean report(String when, List<RecordedCall> calls) {
    long first = calls.stream().mapToLong(RecordedCall::nanoTime).min().orElseThrow();
    long last = calls.stream().mapToLong(RecordedCall::nanoTime).max().orElseThrow();
    long took = TimeUnit.NANOSECONDS.toMillis(last - first) + LATENCY.toMillis();
    // Token and domains are asked for side by side, so the longest chain is one call.
    long limit = 2 * LATENCY.toMillis();
    System.out.printf(
        "  %s  %d calls, all tokens after %d ms; limit %d ms (2 x the longest chain), one by one"
            + " %d ms: %s%n",
        when,
        calls.size(),
        took,
        limit,
        LATENCY.toMillis() * calls.size(),
        took <= limit ? "kept" : "NOT kept");
    return took <= limit;
  }

  /** A burst of one second's worth, then so many a second: twice as many in any second at most. */
  private static boolean ceiling(List<RecordedCall> calls) {
    long[] times = calls.stream().mapToLong(RecordedCall::nanoTime).sorted().toArray();
    int most = 0;
    for (int from = 0, to = 0; to < times.length; to++) {
      while (times[to] - times[from] > TimeUnit.SECONDS.toNanos(1)) {
        from++;
      }
      most = Math.max(most, to - from + 1);
    }
    double seconds = (times[times.length - 1] - times[0]) / 1e9;
    double least = (times.length - CEILING) / (double) CEILING;
    boolean kept = most <= 2 * CEILING && seconds >= 0.95 * least;
    System.out.printf(
        "  ceiling  %d instances of one account and region: %d calls in %.1f s (at least %.1f s),"
            + " at most %d in any second; limit %d: %s%n",
        CROWD, times.length, seconds, least, most, 2 * CEILING, kept ? "kept" : "NOT kept");
    return kept;
  }

  private static void apply(KubernetesClient client, String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(item -> client.resource(item).create());
  }

  private static String base64(String text) {
    return java.util.Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
