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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

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
  private static final String CEILING = "10";

  private Fanout() {}

  public static void main(String[] args) throws Exception {
    boolean kept;
    try (KubeCluster kube = KubeCluster.startCached();
        AcrSimulator acr = AcrSimulator.start(Fanout::accounts)) {
      KubernetesClient client = kube.client();
      apply(client, Files.readString(Path.of("src", "main", "kubernetes", "crd.yaml")));
      for (int account = 0; account < ACCOUNTS; account++) {
        keys(client, account);
      }
      Map<String, String> environment = new HashMap<>(acr.environment());
      environment.put("ACR_REGION", REGIONS.get(0));
      environment.put("ACR_REQUESTS_PER_SECOND", CEILING);
      try (OperatorProcess operator =
          OperatorProcess.startAndAwait(kube.kubeconfig(), environment)) {
        acr.latency(LATENCY);
        apply(client, policy());
        awaitReady(client);
        header(kube);
        report("cold", acr.calls());
        acr.forgetCalls();
        refresh(client);
        awaitCalls(acr);
        kept = report("warm", acr.calls());
      }
    }
    System.exit(kept ? 0 : 1);
  }

  private static void accounts(Setup setup) {
    for (int account = 0; account < ACCOUNTS; account++) {
      setup.account("100" + account).accessKey("LTAI5tBench" + account, "secret" + account);
      for (int region = 0; region < REGIONS.size(); region++) {
        String id = "cri-" + account + "-" + region;
        setup.enterprise(id, REGIONS.get(region), "bench" + account + "-" + region);
      }
    }
  }

  private static String policy() {
    List<String> items = new ArrayList<>();
    for (int account = 0; account < ACCOUNTS; account++) {
      for (int region = 0; region < REGIONS.size(); region++) {
        items.add(
            "    - {instanceId: cri-%d-%d, region: %s, credentials: {secretRef: {name: account-%d}}}"
                .formatted(account, region, REGIONS.get(region), account));
      }
    }
    return """
    apiVersion: acrcredential.io/v1alpha1
    kind: AcrCredentialPolicy
    metadata: {name: fanout}
    spec:
      registries:
    %s
    """
        .formatted(String.join("\n", items));
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

  private static void awaitCalls(AcrSimulator acr) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (acr.calls().size() < 200 && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static void header(KubeCluster kube) {
    System.out.printf("fan-out: 100 instances, 20 regions, 5 accounts, 200 ms a call%n");
    System.out.printf("  Kubernetes   %s%n", kube.describe());
    System.out.printf("  ceiling      %s calls a second for each account and region%n", CEILING);
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
