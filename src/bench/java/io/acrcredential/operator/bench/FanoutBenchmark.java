// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.testkit.simulator.RecordedCall;
import io.acrcredential.operator.testkit.simulator.Setup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Fetches tokens of 100 instances in 20 regions of 5 accounts, with 200 ms per API call. Measured
 * at the simulator from the arrival of the first call to the reply to the last: for the first
 * tokens of a new process, and for refreshed ones.
 */
final class FanoutBenchmark {

  static final List<String> REGIONS =
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
  private static final int INSTANCES = ACCOUNTS * REGIONS.size();
  private static final Duration LATENCY = Duration.ofMillis(200);

  /** Token and domains are requested in parallel, so the longest chain is one call. */
  private static final long LIMIT_MILLIS = 2 * LATENCY.toMillis();

  private static final int CEILING = 10;

  /** Instances of one account and region, which the rate limit delays. */
  private static final int SAME_ACCOUNT_INSTANCES = 40;

  private final BenchmarkEnvironment environment;
  private final Options options;

  private FanoutBenchmark(BenchmarkEnvironment environment, Options options) {
    this.environment = environment;
    this.options = options;
  }

  public static void main(String[] args) {
    BenchmarkRunner.run(
        "fanout",
        args,
        FanoutBenchmark::accounts,
        (environment, options, report) ->
            new FanoutBenchmark(environment, options).measure(report));
  }

  private void measure(Report report) {
    for (int account = 0; account <= ACCOUNTS; account++) {
      environment.env.createKeySecret(
          "kube-system", "account-" + account, "LTAI5tBench" + account, "secret" + account);
    }
    environment.env.withVariable("ACR_REQUESTS_PER_SECOND", String.valueOf(CEILING));
    List<Double> cold = new ArrayList<>();
    List<Double> warm = new ArrayList<>();
    for (int run = 0; run <= options.runs(); run++) {
      environment.reset();
      environment.startOperator().awaitWorking();
      environment.env.acr.latency(LATENCY);
      environment.env.createPolicy("fanout", registries(spread()));
      // Does not read the status meanwhile, because that would take CPU from the operator.
      awaitCalls(2 * INSTANCES);
      environment.env.awaitStatus(
          "fanout", status -> (INSTANCES + "/" + INSTANCES).equals(status.fresh()));
      double first = millis();
      if (run == 0) {
        warmUp();
      } else {
        double refreshed = refreshed();
        cold.add(first);
        warm.add(refreshed);
        System.err.printf("fanout: first %.0f ms, refreshed %.0f ms%n", first, refreshed);
      }
      if (run == options.runs()) {
        ceiling(report);
      }
      environment.env.acr.latency(Duration.ZERO);
      environment.env.client.resources(AcrCredentialPolicy.class).delete();
      environment.await(
          () ->
              environment
                  .env
                  .client
                  .resources(AcrCredentialPolicy.class)
                  .list()
                  .getItems()
                  .isEmpty(),
          "the policies are gone");
      environment.env.operator().stop();
    }
    batch(report, "first tokens of a process", cold);
    batch(report, "refreshed tokens", warm);
  }

  /**
   * Warms up the simulator in a round that does not count: its code is not compiled yet either, and
   * it shares the cores with the operator.
   */
  private void warmUp() {
    for (int batch = 0; batch < 20; batch++) {
      refreshed();
    }
  }

  private double refreshed() {
    environment.env.requestRefresh("fanout");
    awaitCalls(2 * INSTANCES);
    return millis();
  }

  private static void batch(Report report, String what, List<Double> millis) {
    double median = Statistics.median(millis);
    report.row(
        what,
        "%.0f ms".formatted(median),
        LATENCY.toMillis() + " ms",
        Report.ratio(LATENCY.toMillis() / median),
        "",
        LIMIT_MILLIS + " ms: 2 x the longest chain",
        median <= LIMIT_MILLIS);
  }

  /**
   * Milliseconds from the first call's arrival to the last one's reply; clears the recorded calls.
   */
  private double millis() {
    long[] times = times();
    if (times.length != 2 * INSTANCES) {
      throw new IllegalStateException(times.length + " calls instead of " + 2 * INSTANCES);
    }
    environment.env.acr.forgetCalls();
    return (times[times.length - 1] - times[0]) / 1e6 + LATENCY.toMillis();
  }

  private long[] times() {
    return environment.env.acr.calls().stream()
        .mapToLong(RecordedCall::nanoTime)
        .sorted()
        .toArray();
  }

  /**
   * The rate limit allows a burst of one second's requests, so at most twice the rate in any
   * second.
   */
  private void ceiling(Report report) {
    environment.env.createPolicy(
        "ceiling",
        registries(
            IntStream.range(0, SAME_ACCOUNT_INSTANCES).mapToObj(FanoutBenchmark::sameAccountItem)));
    awaitCalls(2 * SAME_ACCOUNT_INSTANCES);
    long[] times = times();
    int most = 0;
    for (int from = 0, to = 0; to < times.length; to++) {
      while (times[to] - times[from] > TimeUnit.SECONDS.toNanos(1)) {
        from++;
      }
      most = Math.max(most, to - from + 1);
    }
    double seconds = (times[times.length - 1] - times[0]) / 1e9;
    double least = (times.length - CEILING) / (double) CEILING;
    report.row(
        "%d instances of one account and region: most calls in one second"
            .formatted(SAME_ACCOUNT_INSTANCES),
        "" + most,
        "",
        "",
        "",
        "%d: the limit of %d and a burst of as many".formatted(2 * CEILING, CEILING),
        most <= 2 * CEILING);
    report.row(
        "- all %d calls".formatted(times.length),
        "%.1f s".formatted(seconds),
        "%.1f s".formatted(least),
        "",
        "",
        "at least the limit",
        seconds >= 0.95 * least);
  }

  private void awaitCalls(int calls) {
    environment.await(
        () -> environment.env.acr.calls().size() >= calls, calls + " calls have arrived");
  }

  private static void accounts(Setup setup) {
    setup.account("1009").accessKey("LTAI5tBench" + ACCOUNTS, "secret" + ACCOUNTS);
    for (int number = 0; number < SAME_ACCOUNT_INSTANCES; number++) {
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

  private static String sameAccountItem(int number) {
    return item("cri-crowd-" + number, 0, ACCOUNTS);
  }

  private static String item(String id, int region, int account) {
    return "- {instanceId: %s, region: %s, credentials: {secretRef: {name: account-%d}}}"
        .formatted(id, REGIONS.get(region), account);
  }

  private static String registries(Stream<String> items) {
    return "registries:\n" + items.collect(Collectors.joining("\n"));
  }
}
