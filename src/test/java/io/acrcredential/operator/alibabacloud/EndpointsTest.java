// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.Settings.Network;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.dns.LookupException;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointsTest {

  private static Vertx vertx;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void close() {
    vertx.closeAndAwait();
  }

  private final FakeSettings settings = new FakeSettings();
  private final Map<String, String> environment = new HashMap<>();
  private final ClusterRegion clusterRegion = new ClusterRegion();

  /** The DNS answers that a test sets, by host. */
  private final Map<String, Uni<InetAddress>> lookups = new HashMap<>();

  private Endpoints endpoints() {
    // Longer than in production: a loaded machine must not look like a silent host.
    return endpoints(Duration.ofSeconds(30));
  }

  private Endpoints endpoints(Duration connectTimeout) {
    return new Endpoints(
        settings,
        FakeSettings.config(environment),
        clusterRegion,
        FakeSettings.sdkEnvironment(environment),
        new EndpointProbe(
            vertx,
            connectTimeout,
            host -> lookups.getOrDefault(host, EndpointProbe.lookUp(vertx, host))));
  }

  /** On a port that no other process takes before or after. */
  private static ServerSocket listener(int port) throws IOException {
    return new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
  }

  private static <T> T got(Uni<T> uni) {
    return uni.await().atMost(Duration.ofSeconds(40));
  }

  private String registry(String region) {
    return got(endpoints().registry(region));
  }

  private Endpoints.StsEndpoint sts() {
    return got(endpoints().sts());
  }

  private static AlibabaCloudException refused(Uni<?> uni) {
    AlibabaCloudException e = catchThrowableOfType(AlibabaCloudException.class, () -> got(uni));
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.Unreachable);
    assertThat(e.code()).isEqualTo("EndpointRefused");
    return e;
  }

  // ---- ACR

  @ParameterizedTest
  @CsvSource({
    "PUBLIC, cn-hangzhou,          https://cr.cn-hangzhou.aliyuncs.com",
    "VPC,    cn-hangzhou,          https://cr-vpc.cn-hangzhou.aliyuncs.com",
    "VPC,    cn-shanghai-finance-1, https://cr-vpc.cn-shanghai-finance-1.aliyuncs.com",
    "VPC,    cn-huhehaote,         https://cr.cn-huhehaote.aliyuncs.com",
    "VPC,    cn-wulanchabu,        https://cr.cn-wulanchabu.aliyuncs.com",
    "VPC,    cn-heyuan,            https://cr.cn-heyuan.aliyuncs.com",
    "VPC,    cn-heyuan-acdr-1,     https://cr-vpc.cn-heyuan-acdr-1.aliyuncs.com",
    "AUTO,   cn-heyuan,            https://cr.cn-heyuan.aliyuncs.com",
  })
  void fillsInTheTemplate(Network network, String region, String url) {
    // given
    settings.network = network;

    // when, then
    assertThat(registry(region)).isEqualTo(url);
  }

  @Test
  void overridesOneRegion() {
    // given
    environment.put("ACR_ENDPOINT_REGISTRY_CN_BEIJING", "https://proxy.example/{region}{network}");
    settings.network = Network.VPC;

    // when, then
    assertThat(registry("cn-beijing")).isEqualTo("https://proxy.example/cn-beijing-vpc");
    assertThat(registry("cn-hangzhou")).isEqualTo("https://cr-vpc.cn-hangzhou.aliyuncs.com");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cn",
        "CN-HANGZHOU",
        "cn-hangzhou.evil.example/",
        "cn-hangzhou/",
        "cn-hangzhou#",
        "cn-hangzhou@evil.example",
        "cn-hangzhou:443",
        "cn-hangzhou\n",
        "cn-hangzhou%2f",
        "cn-{network}",
        "cn-hangzhou-",
        "сn-hangzhou"
      })
  void neverPutsAnInvalidRegionIntoAHost(String region) {
    // when
    AlibabaCloudException e = refused(endpoints().registry(region));

    // then
    assertThat(e.advice()).contains("ACR_REGION");
    assertThat(e.getMessage()).doesNotContain("\n");
  }

  // ---- plain HTTP

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://cr.cn-hangzhou.aliyuncs.com",
        "http://localhost:8080",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://127.999.0.1",
        "http://127.1",
        "http://[::2]",
        "http://100.100.100.200",
        "ftp://127.0.0.1",
        "//127.0.0.1",
        "https:",
        "https:///path",
        "not a URL",
        ""
      })
  void rejectsWhatIsNeitherHttpsNorALoopbackLiteral(String url) {
    // given
    settings.registry = url;
    settings.sts = url;
    clusterRegion.set(Optional.of("cn-hangzhou"));
    environment.put("ACR_ENDPOINT_REGISTRY_CN_BEIJING", url);

    // when, then
    assertThat(refused(endpoints().registry("cn-hangzhou")).advice())
        .contains("ACR_ENDPOINT_REGISTRY");
    assertThat(refused(endpoints().sts()).advice()).contains("ACR_ENDPOINT_STS");
    if (!url.isEmpty()) {
      refused(endpoints().registry("cn-beijing"));
    }
  }

  @ParameterizedTest
  @EnumSource(Network.class)
  void rejectsPlainHttpInAutoModeToo(Network network) {
    // given
    settings.network = network;
    settings.registry = "http://cr{network}.{region}.aliyuncs.com";

    // when, then
    refused(endpoints().registry("cn-hangzhou"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:8080", "http://127.1.2.3", "http://[::1]:8080/x"})
  void acceptsHttpForLoopbackLiterals(String url) {
    // given
    settings.registry = url;
    settings.sts = url;
    settings.metadata = url;

    // when, then
    assertThat(registry("cn-hangzhou")).isEqualTo(url);
    assertThat(sts().url()).isEqualTo(url);
    assertThat(got(endpoints().metadata())).isEqualTo(url);
  }

  // ---- metadata

  @Test
  void acceptsHttpForMetadataAtItsOwnAddressOnly() {
    // when, then
    assertThat(got(endpoints().metadata())).isEqualTo("http://100.100.100.200");
    settings.metadata = "http://100.100.100.201";
    assertThat(refused(endpoints().metadata()).advice()).contains("ACR_ENDPOINT_METADATA");
    settings.metadata = "http://100.100.100.200.evil.example";
    refused(endpoints().metadata());
  }

  @Test
  void disablesMetadata() {
    // given
    settings.metadata = null;

    // when
    AlibabaCloudException e =
        catchThrowableOfType(AlibabaCloudException.class, () -> got(endpoints().metadata()));

    // then
    assertThat(e).hasMessageContaining("switched off");
    assertThat(e.reason()).isEqualTo(Reason.CredentialsMissing);
  }

  // ---- STS

  @ParameterizedTest
  @CsvSource({
    "PUBLIC, cn-beijing,          https://sts.cn-beijing.aliyuncs.com",
    "VPC,    cn-beijing,          https://sts-vpc.cn-beijing.aliyuncs.com",
    "PUBLIC, cn-shenzhen-finance-1, https://sts-vpc.cn-shenzhen-finance-1.aliyuncs.com",
    "AUTO,   cn-north-2-gov-1,    https://sts-vpc.cn-north-2-gov-1.aliyuncs.com",
  })
  void usesRegionalStsWithTheCentralOneAsFallback(Network network, String region, String url) {
    // given
    settings.network = network;
    clusterRegion.set(Optional.of(region));

    // when, then
    assertThat(sts()).isEqualTo(new Endpoints.StsEndpoint(region, url, "https://sts.aliyuncs.com"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "evil.example/", "cn-hangzhou\n"})
  void usesCentralStsWithoutAValidRegion(String region) {
    // given
    clusterRegion.set(Optional.of(region).filter(text -> !text.isEmpty()));

    // when, then
    assertThat(sts())
        .isEqualTo(new Endpoints.StsEndpoint("central", "https://sts.aliyuncs.com", null));
  }

  @ParameterizedTest
  @CsvSource({"cn-hangzhou-finance, VPC", "cn-beijing-finance-1, AUTO"})
  void usesCentralStsInRegionsWithoutAHostOfTheirOwn(String region, Network network) {
    // given
    settings.network = network;
    clusterRegion.set(Optional.of(region));

    // when, then
    assertThat(sts())
        .isEqualTo(new Endpoints.StsEndpoint(region, "https://sts.aliyuncs.com", null));
  }

  // ---- the variables of the SDKs

  @ParameterizedTest
  @CsvSource({
    "sts-vpc.cn-beijing.aliyuncs.com,  https://sts-vpc.cn-beijing.aliyuncs.com",
    "https://sts.cn-beijing.aliyuncs.com/, https://sts.cn-beijing.aliyuncs.com",
    "https://sts.own.example,          https://sts.own.example",
  })
  void usesTheStsEndpointOfTheEnvironment(String variable, String url) {
    // given
    settings.network = Network.AUTO;
    clusterRegion.set(Optional.of("cn-hangzhou"));
    environment.put("ALIBABA_CLOUD_STS_ENDPOINT", variable);

    // when, then
    assertThat(sts().url()).isEqualTo(url);
  }

  @Test
  void rejectsAnUnsafeStsEndpointOfTheEnvironmentByTheNameOfTheVariable() {
    // given
    settings.network = Network.AUTO;
    environment.put("ALIBABA_CLOUD_STS_ENDPOINT", "http://sts.own.example");

    // when, then
    assertThat(refused(endpoints().sts()).advice()).contains("ALIBABA_CLOUD_STS_ENDPOINT");
  }

  @ParameterizedTest
  @CsvSource({
    "true,  https://sts-vpc.cn-hangzhou.aliyuncs.com",
    "True,  https://sts-vpc.cn-hangzhou.aliyuncs.com",
    "false, https://sts.cn-hangzhou.aliyuncs.com",
  })
  void selectsTheNetworkOfStsByTheEnvironment(String variable, String url) {
    // given
    settings.network = Network.AUTO;
    clusterRegion.set(Optional.of("cn-hangzhou"));
    environment.put("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", variable);

    // when, then
    assertThat(sts().url()).isEqualTo(url);
  }

  @Test
  void prefersItsOwnSettingsToTheEnvironmentOfTheSdks() {
    // given
    clusterRegion.set(Optional.of("cn-hangzhou"));
    environment.put("ALIBABA_CLOUD_STS_ENDPOINT", "sts.sdk.example");
    environment.put("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true");

    // when, then
    settings.network = Network.PUBLIC;
    assertThat(sts().url()).isEqualTo("https://sts.cn-hangzhou.aliyuncs.com");
    settings.network = Network.AUTO;
    settings.sts = "https://sts.own.example";
    assertThat(sts().url()).isEqualTo("https://sts.own.example");
  }

  @Test
  void hasNoFallbackForACustomEndpoint() {
    // given
    settings.sts = "https://sts.own.example";

    // when, then
    assertThat(sts())
        .isEqualTo(new Endpoints.StsEndpoint("central", "https://sts.own.example", null));
  }

  // ---- auto

  @Test
  void autoRemembersTheVpcEndpointIfItAnswers() throws IOException {
    // given
    settings.network = Network.AUTO;
    Endpoints endpoints;
    try (ServerSocket listener = listener(FreePort.next())) {
      settings.registry = "http://127.0.0.1:" + listener.getLocalPort() + "/{region}{network}";
      endpoints = endpoints();

      // when, then
      assertThat(got(endpoints.registry("cn-hangzhou"))).endsWith("/cn-hangzhou-vpc");
    }
    assertThat(got(endpoints.registry("cn-hangzhou")))
        .as("remembered, though it answers no more")
        .endsWith("/cn-hangzhou-vpc");
    assertThat(got(endpoints.registry("cn-beijing")))
        .as("another region is asked for itself")
        .endsWith("/cn-beijing");
  }

  @Test
  void autoRemembersThePublicEndpointIfTheVpcEndpointDoesNotAnswer() throws IOException {
    // given
    settings.network = Network.AUTO;
    Endpoints endpoints;
    int port = FreePort.next();
    settings.registry = "http://127.0.0.1:" + port + "/{region}{network}";
    endpoints = endpoints();

    // when
    String first = got(endpoints.registry("cn-hangzhou"));
    try (ServerSocket late = listener(port)) {
      String second = got(endpoints.registry("cn-hangzhou"));

      // then
      assertThat(first).endsWith("/cn-hangzhou").isEqualTo(second);
      assertThat(late.isBound()).isTrue();
    }
  }

  @Test
  void autoSelectsAgainAfterNoAnswer() throws IOException {
    // given
    settings.network = Network.AUTO;
    try (ServerSocket listener = listener(FreePort.next())) {
      settings.registry = "http://127.0.0.1:" + listener.getLocalPort() + "/{region}{network}";
      Endpoints endpoints = endpoints();
      String vpc = got(endpoints.registry("cn-hangzhou"));
      listener.close();

      // when
      endpoints.onUnanswered("https://elsewhere.example");
      String same = got(endpoints.registry("cn-hangzhou"));
      endpoints.onUnanswered(vpc);
      String other = got(endpoints.registry("cn-hangzhou"));
      endpoints.onUnanswered(other);
      try (ServerSocket back = listener(listener.getLocalPort())) {
        String again = got(endpoints.registry("cn-hangzhou"));

        // then
        assertThat(same).isEqualTo(vpc).endsWith("-vpc");
        assertThat(other).endsWith("/cn-hangzhou");
        assertThat(again).isEqualTo(vpc);
        assertThat(back.isBound()).isTrue();
      }
    }
  }

  @Test
  void autoUsesThePublicEndpointIfTheVpcHostIsUnknown() {
    // given
    settings.network = Network.AUTO;
    settings.registry = "https://cr{network}.{region}.invalid";

    // when, then
    assertThat(registry("cn-hangzhou")).isEqualTo("https://cr.cn-hangzhou.invalid");
  }

  /** DNS has its own timeout; the connect timeout starts once the address is known. */
  @Test
  void autoWaitsForSlowDns() throws IOException {
    // given
    settings.network = Network.AUTO;
    String vpc = "cr-vpc.cn-hangzhou.example";
    CompletableFuture<InetAddress> answer = new CompletableFuture<>();
    lookups.put(vpc, Uni.createFrom().completionStage(answer));
    try (ServerSocket listener = listener(FreePort.next())) {
      settings.registry = "https://cr{network}.{region}.example:" + listener.getLocalPort();
      Duration connectTimeout = Duration.ofSeconds(5); // a loaded machine connects in it
      Endpoints endpoints = endpoints(connectTimeout);

      // when
      CompletableFuture<String> chosen =
          endpoints.registry("cn-hangzhou").subscribeAsCompletionStage();
      Awaits.soon().during(connectTimeout.plusSeconds(1)).until(() -> !chosen.isDone());
      answer.complete(InetAddress.getByName("127.0.0.1"));

      // then
      assertThat(chosen.orTimeout(30, TimeUnit.SECONDS).join()).contains(vpc);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LookupException.Kind.class,
      names = {"NO_ANSWER", "FAILED"})
  void autoUsesThePublicEndpointWithoutRememberingItWhileDnsFails(LookupException.Kind kind)
      throws IOException {
    // given
    settings.network = Network.AUTO;
    String vpc = "cr-vpc.cn-hangzhou.example";
    lookups.put(
        vpc,
        Uni.createFrom()
            .failure(
                kind == LookupException.Kind.FAILED
                    ? LookupException.failed(vpc)
                    : LookupException.noAnswer(vpc, Duration.ofSeconds(5))));
    try (ServerSocket listener = listener(FreePort.next())) {
      settings.registry = "https://cr{network}.{region}.example:" + listener.getLocalPort();
      Endpoints endpoints = endpoints();

      // when
      String meanwhile = got(endpoints.registry("cn-hangzhou"));
      lookups.put(vpc, Uni.createFrom().item(InetAddress.getByName("127.0.0.1")));
      String afterwards = got(endpoints.registry("cn-hangzhou"));

      // then
      assertThat(meanwhile).contains("//cr.cn-hangzhou.example");
      assertThat(afterwards).contains(vpc);
    }
  }

  @Test
  void autoRemembersThePublicEndpointIfDnsKnowsNoVpcHost() {
    // given
    settings.network = Network.AUTO;
    settings.registry = "https://cr{network}.{region}.example";
    String vpc = "cr-vpc.cn-hangzhou.example";
    lookups.put(vpc, Uni.createFrom().failure(LookupException.unknown(vpc)));
    Endpoints endpoints = endpoints();

    // when
    got(endpoints.registry("cn-hangzhou"));
    lookups.put(vpc, Uni.createFrom().failure(new AssertionError("looked up again")));

    // then
    assertThat(got(endpoints.registry("cn-hangzhou"))).contains("//cr.cn-hangzhou.example");
  }

  @Test
  void autoAppliesToStsToo() throws IOException {
    // given
    settings.network = Network.AUTO;
    clusterRegion.set(Optional.of("cn-hangzhou"));
    try (ServerSocket listener = listener(FreePort.next())) {
      settings.sts = "http://127.0.0.1:" + listener.getLocalPort() + "/{region}{network}";

      // when, then
      assertThat(sts().url()).endsWith("/cn-hangzhou-vpc");
    }
  }
}
