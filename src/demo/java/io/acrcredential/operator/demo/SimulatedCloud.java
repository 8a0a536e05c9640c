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
 * A simulator of Alibaba Cloud on loopback: two accounts, three regions, two Enterprise Edition
 * instances and the Personal Edition of two regions, as in {@code examples/}, and the registry of
 * one instance.
 */
final class SimulatedCloud implements AutoCloseable {

  /** An AccessKey that only the simulator knows. */
  record Key(String id, String secret) {}

  static final Key KEY_A = new Key("LTAI5tDemoAccountA", "demo-secret-of-account-a");
  static final Key KEY_B = new Key("LTAI5tDemoAccountB", "demo-secret-of-account-b");

  /** Real tokens live one hour, which is too long for a demo. */
  static final Duration LIFETIME = Duration.ofSeconds(40);

  /** The minimum remaining lifetime of a token in the cluster: half of it for short lifetimes. */
  static final Duration EFFECTIVE = LIFETIME.dividedBy(2);

  private static final String TEAM = "cri-team";

  final AcrSimulator simulator;
  final TokenRegistry registry;

  SimulatedCloud() {
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
    // The registry is a custom domain of the instance, so ListInstanceEndpoint returns it.
    simulator.configure(setup -> setup.customDomain(TEAM, registry.host()));
  }

  /** Environment variables that make the operator call the simulator in every region. */
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

  /** The number of distinct (AccessKey, region, instance) that tokens were requested for. */
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
