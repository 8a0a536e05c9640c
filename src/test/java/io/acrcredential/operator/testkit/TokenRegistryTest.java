// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aliyun.cr20181201.Client;
import com.aliyun.cr20181201.models.GetAuthorizationTokenRequest;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.google.cloud.tools.jib.api.RegistryAuthenticationFailedException;
import com.google.cloud.tools.jib.api.RegistryUnauthorizedException;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenRegistryTest {

  private final AcrSimulator acr =
      AcrSimulator.start(
          c ->
              c.account("1001")
                  .accessKey("LTAI-one", "secret-one")
                  .enterprise("cri-abc", "cn-hangzhou", "acme")
                  .enterprise("cri-other", "cn-hangzhou", "other"));
  private final TokenRegistry registry = TokenRegistry.start(acr, "cri-abc");

  @AfterEach
  void stop() {
    registry.close();
    acr.close();
  }

  @Test
  void jibPullsWithATokenOfTheInstance() throws Exception {
    // given
    var config = config(Map.of(registry.host(), token("cri-abc")));
    // when
    var pulled = ImagePull.pull(registry.reference("team/app", "1"), config);
    // then
    assertThat(pulled.digest()).isEqualTo(registry.digest("team/app", "1"));
    assertThat(pulled.configKey()).isEqualTo(registry.host());
    assertThat(registry.pulls()).isPositive();
  }

  @Test
  void refusesAPullWithoutCredentials() {
    // given
    var config = config(Map.of("elsewhere.example.cn", "x:y"));
    // when
    var reference = registry.reference("team/app", "1");
    // then
    assertThatThrownBy(() -> ImagePull.pull(reference, config))
        .isInstanceOf(RegistryAuthenticationFailedException.class);
    assertThat(registry.pulls()).isZero();
  }

  @Test
  void refusesAForgedToken() throws Exception {
    // given
    var token = token("cri-abc");
    var forged = token.substring(0, token.length() - 4) + "beef";
    // when
    var config = config(Map.of(registry.host(), forged));
    // then
    assertRefused(config);
  }

  @Test
  void refusesATokenOfAnotherInstance() throws Exception {
    // given
    var token = token("cri-other");
    // when
    var config = config(Map.of(registry.host(), token));
    // then
    assertRefused(config);
  }

  @Test
  void refusesATokenOnceItHasExpired() throws Exception {
    // given
    acr.tokenLifetime(Duration.ofMinutes(1));
    var config = config(Map.of(registry.host(), token("cri-abc")));
    ImagePull.pull(registry.reference("team/app", "1"), config);
    // when
    acr.configure(c -> c.clock(Clock.offset(Clock.systemUTC(), Duration.ofSeconds(61))));
    // then
    var before = registry.pulls();
    assertThatThrownBy(() -> ImagePull.pull(registry.reference("team/app", "1"), config))
        .isInstanceOf(RegistryAuthenticationFailedException.class);
    assertThat(registry.pulls()).isEqualTo(before);
  }

  @Test
  void refusesAPullThatRamDenies() throws Exception {
    // given
    var token = token("cri-abc");
    // when
    acr.denyAction("1001", "cr:PullRepository");
    // then
    var config = config(Map.of(registry.host(), token));
    assertThatThrownBy(() -> ImagePull.pull(registry.reference("team/app", "1"), config))
        .isInstanceOf(RegistryUnauthorizedException.class);
    assertThat(registry.pulls()).isZero();
  }

  @Test
  void refusesAnotherAccountsRepository() throws Exception {
    // given
    registry.addImage("team-b/app", "1", "1002");
    var config = config(Map.of(registry.host(), token("cri-abc")));
    // when
    var reference = registry.reference("team-b/app", "1");
    // then
    assertThatThrownBy(() -> ImagePull.pull(reference, config))
        .isInstanceOf(RegistryUnauthorizedException.class);
  }

  @Test
  void servesAllPersonalEditionsOfARegionOnOneHost() throws Exception {
    // given
    acr.configure(
        c ->
            c.account("2001")
                .accessKey("LTAI-a", "secret-a")
                .personal("cn-beijing")
                .account("2002")
                .accessKey("LTAI-b", "secret-b")
                .personal("cn-beijing"));
    try (var personal = TokenRegistry.startPersonal(acr, "cn-beijing")) {
      personal.addImage("team-a/app", "1", "2001").addImage("team-b/app", "1", "2002");
      var a = personalToken("LTAI-a", "secret-a");
      var b = personalToken("LTAI-b", "secret-b");
      var prefixed =
          config(Map.of(personal.host() + "/team-a/", a, personal.host() + "/team-b/", b));
      // when
      var pulledA = ImagePull.pull(personal.reference("team-a/app", "1"), prefixed);
      var pulledB = ImagePull.pull(personal.reference("team-b/app", "1"), prefixed);
      // then
      assertThat(pulledA.digest()).isEqualTo(personal.digest("team-a/app", "1"));
      assertThat(pulledB.digest()).isEqualTo(personal.digest("team-b/app", "1"));
      var wholeHost = config(Map.of(personal.host(), a));
      assertThatThrownBy(() -> ImagePull.pull(personal.reference("team-b/app", "1"), wholeHost))
          .isInstanceOf(RegistryUnauthorizedException.class);
    }
  }

  @Test
  void challengesAsAcrDoes() throws Exception {
    // given
    var request = HttpRequest.newBuilder(URI.create("http://" + registry.host() + "/v2/")).build();
    // when
    var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    // then
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate"))
        .hasValue(
            String.format(
                "Bearer realm=\"http://%s/auth\","
                    + "service=\"registry.aliyuncs.com:cn-hangzhou:china:cri-abc\"",
                registry.host()));
    assertThat(answer.body()).startsWith("{\"errors\":[{\"code\":\"UNAUTHORIZED\"");
  }

  @Test
  void limitsABearerTokenToItsScopeAndLifetime() throws Exception {
    // given
    registry.addImage("team/two", "1");
    var basic = "Basic " + base64("cr_temp_user:" + token("cri-abc"));
    var answer = get("/auth?service=x&scope=repository:team%2Fapp:pull", basic).body();
    var bearer = "Bearer " + answer.replaceAll(".*\"token\":\"([^\"]+)\".*", "$1");
    // when
    var own = get("/v2/team/app/manifests/1", bearer);
    var other = get("/v2/team/two/manifests/1", bearer);
    acr.configure(c -> c.clock(Clock.offset(Clock.systemUTC(), Duration.ofSeconds(61))));
    var late = get("/v2/team/app/manifests/1", bearer);
    // then
    assertThat(own.statusCode()).isEqualTo(200);
    assertThat(other.statusCode()).isEqualTo(401);
    assertThat(other.headers().firstValue("WWW-Authenticate").orElseThrow())
        .contains("scope=\"repository:team/two:pull\",error=\"insufficient_scope\"");
    assertThat(late.statusCode()).isEqualTo(401);
  }

  @Test
  void takesTheEntryWithTheLongestPathFirst() throws Exception {
    // given
    var host = registry.host();
    var config = config(Map.of(host, "h:1", host + "/team/", "t:2", host + "/team-b/", "b:3"));
    // when
    var logins = ImagePull.logins(host + "/team/app:1", config);
    // then
    assertThat(logins).extracting(ImagePull.Login::key).containsExactly(host + "/team/", host);
    assertThat(logins.get(0).password()).isEqualTo("t:2");
  }

  @Test
  void takesNoEntryOfAnotherHostOrPort() throws Exception {
    // given
    var config = config(Map.of("127.0.0.1:1", "a:1", "127.0.0.1", "b:2", "localhost:12", "c:3"));
    // when
    var logins = ImagePull.logins("127.0.0.1:12/team/app:1", config);
    // then
    assertThat(logins).isEmpty();
  }

  @Test
  void triesTheNextEntryAsKubeletDoes() throws Exception {
    // given
    var config =
        config(Map.of(registry.host() + "/team/", "bad:1", registry.host(), token("cri-abc")));
    // when
    var pulled = ImagePull.pull(registry.reference("team/app", "1"), config);
    // then
    assertThat(pulled.configKey()).isEqualTo(registry.host());
  }

  private void assertRefused(byte[] config) {
    assertThatThrownBy(() -> ImagePull.pull(registry.reference("team/app", "1"), config))
        .isInstanceOf(RegistryAuthenticationFailedException.class);
    assertThat(registry.pulls()).isZero();
    assertThat(registry.refusals()).isPositive();
  }

  private HttpResponse<String> get(String path, String authorization) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + registry.host() + path))
            .header("Authorization", authorization)
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** By the official SDK's core, which signs calls of the ROA kind too. */
  private String personalToken(String id, String secret) throws Exception {
    var config =
        new Config()
            .setAccessKeyId(id)
            .setAccessKeySecret(secret)
            .setEndpoint(acr.endpoint("cn-beijing").getAuthority());
    var api =
        new Params()
            .setAction("GetAuthorizationToken")
            .setVersion("2016-06-07")
            .setProtocol("HTTP")
            .setPathname("/tokens")
            .setMethod("GET")
            .setAuthType("AK")
            .setStyle("ROA")
            .setReqBodyType("json")
            .setBodyType("json");
    var answer =
        new com.aliyun.teaopenapi.Client(config)
            .callApi(api, new OpenApiRequest(), new RuntimeOptions());
    var data = (Map<?, ?>) ((Map<?, ?>) answer.get("body")).get("data");
    return (String) data.get("authorizationToken");
  }

  private String token(String instanceId) throws Exception {
    var config =
        new Config()
            .setAccessKeyId("LTAI-one")
            .setAccessKeySecret("secret-one")
            .setProtocol("http")
            .setEndpoint(acr.endpoint("cn-hangzhou").getAuthority());
    return new Client(config)
        .getAuthorizationToken(new GetAuthorizationTokenRequest().setInstanceId(instanceId))
        .getBody()
        .authorizationToken;
  }

  private static byte[] config(Map<String, String> passwords) {
    return passwords.entrySet().stream()
        .map(
            entry ->
                String.format(
                    "\"%s\":{\"auth\":\"%s\"}",
                    entry.getKey(), base64("cr_temp_user:" + entry.getValue())))
        .collect(Collectors.joining(",", "{\"auths\":{", "}}"))
        .getBytes(UTF_8);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
