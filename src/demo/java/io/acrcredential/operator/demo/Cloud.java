// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import io.acrcredential.operator.testkit.TokenRegistry;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.RecordedCall;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Alibaba Cloud on loopback: two accounts, three regions, two Enterprise Edition instances and two
 * regions' Personal Editions, as {@code examples/} speak of them; and one instance's registry.
 */
final class Cloud implements AutoCloseable {

  /** An AccessKey that is worth nothing outside the simulator. */
  record Key(String id, String secret) {}

  static final Key KEY_A = new Key("LTAI5tDemoAccountA", "demo-secret-of-account-a");
  static final Key KEY_B = new Key("LTAI5tDemoAccountB", "demo-secret-of-account-b");

  /** Real ones live one hour; nobody watches that long. */
  static final Duration LIFETIME = Duration.ofSeconds(40);

  /** What a token in the cluster has left at least: half its life, for so short a one. */
  static final Duration EFFECTIVE = LIFETIME.dividedBy(2);

  private static final String TEAM = "cri-team";

  final AcrSimulator simulator;
  final TokenRegistry registry;

  Cloud() {
    simulator =
        AcrSimulator.start(
            setup ->
                setup
                    .tokenLifetime(LIFETIME)
                    .account("1000000000000001")
                    .accessKey(KEY_A.id(), KEY_A.secret())
                    .enterprise("cri-xxxx", "cn-hangzhou", "demo")
                    .personal("cn-hangzhou")
                    .enterprise(TEAM, "cn-shanghai", "team")
                    .personal("cn-shenzhen")
                    .account("2000000000000002")
                    .accessKey(KEY_B.id(), KEY_B.secret())
                    .personal("cn-shenzhen"));
    registry = TokenRegistry.start(simulator, TEAM);
    // A custom domain of the instance, so that the operator learns of it as it does of any other.
    simulator.configure(setup -> setup.customDomain(TEAM, registry.host()));
  }

  /** Points an operator here, in every region. */
  Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>(simulator.environment());
    environment.put("ACR_REGION", "cn-hangzhou");
    environment.put("ACR_ENDPOINT_REGISTRY", simulator.endpoint("cn-hangzhou").toString());
    return environment;
  }

  long tokenCalls() {
    return simulator.count("GetAuthorizationToken");
  }

  long listCalls() {
    return simulator.count("ListInstanceEndpoint");
  }

  long failedCalls() {
    return simulator.calls().stream().filter(call -> !call.outcome().equals("success")).count();
  }

  /** How many different things tokens were asked for. */
  long registries() {
    return simulator.calls().stream()
        .filter(call -> call.api().equals("GetAuthorizationToken"))
        .map(call -> List.of(call.accessKeyId(), call.region(), call.instanceId()))
        .distinct()
        .count();
  }

  Map<String, Long> callsByRegion() {
    return simulator.calls().stream()
        .collect(Collectors.groupingBy(RecordedCall::region, TreeMap::new, Collectors.counting()));
  }

  @Override
  public void close() {
    registry.close();
    simulator.close();
  }
}
