// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.http.NameServer;
import io.acrcredential.operator.testkit.http.NameServer.Mode;
import io.acrcredential.operator.testkit.http.TlsFront;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * DNS that is slow, silent or wrong: the operator as packaged, in a mount namespace with a {@code
 * /etc/resolv.conf} as pods have it, whose servers are the test's. The API server is reached by
 * address, as from a pod; ACR by name.
 */
class DnsIT {

  /** The lease lasts 10 s: an operator that cannot renew it has lost it by then. */
  private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(12);

  private static final String HOST = "cr.cn-hangzhou.acr.test";
  private static final String FIRST = "127.83.0.1";
  private static final String SECOND = "127.83.0.2";

  /** Differs from 127.0.0.1, so that a changed address is visible. */
  private static final String ADDRESS = "127.83.0.3";

  private static final String OTHER_ADDRESS = "127.83.0.4";

  @TempDir private Path folder;
  private NameServer first;
  private NameServer second;
  private OperatorTestEnvironment env;
  private TlsFront acr;
  private OperatorProcess operator;
  private Path resolvConf;

  @BeforeEach
  void set() throws Exception {
    resolvConf = folder.resolve("resolv.conf");
    Files.writeString(
        resolvConf,
        """
        search acr-operator.svc.cluster.test svc.cluster.test cluster.test
        nameserver %s
        nameserver %s
        options ndots:5
        """
            .formatted(FIRST, SECOND));
    String obstacle = obstacle();
    assumeTrue(obstacle.isEmpty(), () -> "needs a mount namespace of its own: " + obstacle);
    try {
      first = NameServer.start(FIRST, Mode.ANSWER).with(HOST, ADDRESS);
      second = NameServer.start(SECOND, Mode.ANSWER).with(HOST, ADDRESS);
    } catch (IOException e) {
      assumeTrue(false, () -> "needs port 53 of " + FIRST + ": " + e.getMessage());
    }
    env = OperatorTestEnvironment.create();
    env.createNamespace("team-a", Map.of());
    acr = TlsFront.start(folder, HOST, ADDRESS, FreePort.next(), env.acr.endpoint("cn-hangzhou"));
    env.withVariable("ACR_ENDPOINT_REGISTRY_CN_HANGZHOU", "https://" + HOST + ":" + acr.port())
        .withVariable("ACR_CA_BUNDLE", folder.resolve("ca.crt").toString())
        // The JDK keeps an address for 30 s, and the tests would wait for that.
        .withVariable("JAVA_TOOL_OPTIONS", "-Dsun.net.inetaddr.ttl=1");
  }

  @AfterEach
  void close() {
    for (AutoCloseable part : new AutoCloseable[] {env, acr, first, second}) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Why there is no mount namespace here; empty = there is. */
  private String obstacle() throws IOException, InterruptedException {
    try {
      Process process =
          new ProcessBuilder(inNamespace(List.of("true"))).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes()).strip();
      return process.waitFor() == 0 ? "" : "unshare: " + said;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private List<String> inNamespace(List<String> command) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-ec",
                "mount --bind \"$0\" /etc/resolv.conf; exec \"$@\"",
                resolvConf.toString()));
    all.addAll(command);
    return all;
  }

  private void start() {
    operator = env.startOperator(inNamespace(OperatorProcess.command()));
  }

  private void policy() {
    env.createPolicy(
        "named",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {names: [team-a]}
          serviceAccounts: {names: ["*"]}
        """);
  }

  private void everybody(Mode mode) {
    first.mode(mode);
    second.mode(mode);
  }

  private void awaitError(String code, String message) {
    await()
        .atMost(Duration.ofMinutes(3)) // the operator keeps an address for 10 s, and backs off
        .untilAsserted(
            () ->
                assertThat(env.status("named"))
                    .extracting(status -> status.registries().get(0).error())
                    .isNotNull()
                    .satisfies(
                        error -> {
                          assertThat(error.code()).isEqualTo(code);
                          assertThat(error.message()).contains(message);
                        }));
  }

  private void moveAcrTo(String address) throws Exception {
    int port = acr.port();
    acr.close();
    first.with(HOST, address);
    second.with(HOST, address);
    acr = TlsFront.start(folder, HOST, address, port, env.acr.endpoint("cn-hangzhou"));
  }

  /**
   * Probes every 200 ms for this duration; each request times out after 3 s. On a loaded machine
   * that may happen once, but not twice in a row; kubelet permits that.
   */
  private void assertServesFor(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      for (String path : List.of("/q/health/live", "/q/health/ready")) {
        assertThat(operator.probe(path) || operator.probe(path)).as(operator.log()).isTrue();
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private void assertNothingElseSuffered() {
    assertThat(operator.alive()).isTrue();
    assertThat(operator.log())
        .doesNotContain("Lease is lost")
        .doesNotContain("lookupAllHostAddr") // in the stack of an event loop that was blocked
        .doesNotContain("InternalError")
        .doesNotContain("The operator failed while")
        .doesNotContain("defect of the operator");
  }

  @Test
  void startsWithSilentDnsAndFetchesATokenOnceItAnswers() throws Exception {
    // given
    everybody(Mode.SILENT);
    start();
    operator.awaitWorking();

    // when
    policy();
    awaitError("DnsTimeout", "DNS did not answer within 5 s for the name " + HOST);
    assertServesFor(LONGER_THAN_A_LEASE);
    everybody(Mode.ANSWER);

    // then
    await()
        .atMost(Awaits.PATIENCE)
        .untilAsserted(() -> assertThat(env.dockerAuths("team-a")).isNotEmpty());
    assertThat(acr.names()).as("server names of TLS").isNotEmpty().containsOnly(HOST);
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(env.client.v1().events().inAnyNamespace().list().getItems())
                    .extracting(event -> String.valueOf(event.getMessage()))
                    .anyMatch(
                        message ->
                            message.contains(
                                "DNS did not answer within 5 s for the name " + HOST)));
    assertNothingElseSuffered();
  }

  @Test
  void bindsNewServiceAccountsWithExistingTokensWhileDnsIsSilent() throws Exception {
    // given
    start();
    operator.awaitWorking();
    policy();
    env.awaitReady("named");

    // when
    everybody(Mode.SILENT);
    moveAcrTo(OTHER_ADDRESS); // no connection is left
    env.requestRefresh("named");
    awaitError("DnsTimeout", HOST);
    env.createServiceAccount("team-a", "meanwhile");

    // then
    await()
        .atMost(Awaits.PATIENCE) // DNS is silent all the time
        .until(
            () ->
                env.imagePullSecrets("team-a", "meanwhile")
                    .contains(OperatorTestEnvironment.PULL_SECRET));
    assertServesFor(LONGER_THAN_A_LEASE);
    everybody(Mode.ANSWER);
    env.awaitReady("named");
    assertNothingElseSuffered();
  }

  @Test
  void delaysOnlyTheTokenIfTheFirstServerIsSilent() throws Exception {
    // given
    first.mode(Mode.SILENT);
    start();
    operator.awaitWorking();

    // when
    policy();

    // then
    await()
        .atMost(Awaits.PATIENCE)
        .untilAsserted(() -> assertThat(env.dockerAuths("team-a")).isNotEmpty());
    assertServesFor(Duration.ofSeconds(2));
    assertNothingElseSuffered();
  }

  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"SILENT_OF_AAAA", "REFUSE_AAAA"})
  void connectsWithAnIpv4AddressOnly(Mode mode) {
    // given
    everybody(mode);
    start();
    operator.awaitWorking();

    // when
    policy();

    // then
    env.awaitReady("named");
    assertNothingElseSuffered();
  }

  @Test
  void distinguishesAFailedServerFromAnUnknownName() {
    // given
    everybody(Mode.SERVFAIL);
    start();
    operator.awaitWorking();

    // when, then
    policy();
    awaitError("DnsFailure", "DNS failed for the name " + HOST);
    everybody(Mode.ANSWER);
    await()
        .atMost(Awaits.PATIENCE)
        .untilAsserted(() -> assertThat(env.dockerAuths("team-a")).isNotEmpty());
    assertNothingElseSuffered();
  }

  @Test
  void followsAChangedAddress() throws Exception {
    // given
    start();
    operator.awaitWorking();
    policy();
    env.awaitReady("named");
    String before = env.dockerAuths("team-a").toString();

    // when
    moveAcrTo(OTHER_ADDRESS);
    env.requestRefresh("named");

    // then
    await()
        .atMost(Duration.ofMinutes(3)) // the operator keeps an address for 10 s, and backs off
        .untilAsserted(() -> assertThat(env.dockerAuths("team-a").toString()).isNotEqualTo(before));
    assertNothingElseSuffered();
  }

  @Test
  void reportsAnUnresolvableProxy() {
    // given
    env.withVariable("QUARKUS_REST_CLIENT_PROXY_CONFIGURATION_NAME", "acr")
        .withVariable("QUARKUS_PROXY_ACR_HOST", "proxy.acr.test")
        .withVariable("QUARKUS_PROXY_ACR_PORT", "3128")
        .withVariable("ACR_ENDPOINT_METADATA", "");
    start();
    operator.awaitWorking();

    // when, then
    policy();
    awaitError("UnknownHost", "the name proxy.acr.test, which is the proxy");
    assertNothingElseSuffered();
  }
}
