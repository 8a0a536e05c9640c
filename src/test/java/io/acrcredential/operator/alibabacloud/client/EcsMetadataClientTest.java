// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.Answers;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.alibabacloud.Endpoints;
import io.acrcredential.operator.alibabacloud.FakeSettings;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EcsMetadataClientTest {

  private static final String ROLES = "ram/security-credentials/";
  private static final String KEY =
      """
      {"Code":"Success","AccessKeyId":"STS.planted","AccessKeySecret":"planted-secret",
       "SecurityToken":"planted-token","Expiration":"2026-01-01T01:00:00Z"}\
      """;

  private static Vertx vertx;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void close() {
    vertx.closeAndAwait();
  }

  private final FakeMetadataApi api = new FakeMetadataApi();
  private final FakeSettings settings = new FakeSettings();
  private final Map<String, String> environment = new HashMap<>();

  /** Answers 404 to any request without a configured reply. */
  private static final class FakeMetadataApi implements EcsMetadataApi {
    final Map<String, Response> answers = new HashMap<>();
    final List<String> requests = new ArrayList<>();
    Uni<Response> token = Uni.createFrom().item(Answers.of(200, "hardened\n"));

    /** Replaces every answer to a request with a token; null = none. */
    Uni<Response> answerInHardenedMode;

    /** Replaces every answer to a request without a token; null = none. */
    Uni<Response> answerWithoutToken;

    @Override
    public Uni<Response> token(String baseUrl, int seconds) {
      return token;
    }

    @Override
    public Uni<Response> get(String baseUrl, String token, String path) {
      requests.add(baseUrl + " " + token + " " + path);
      Uni<Response> answer = token == null ? answerWithoutToken : answerInHardenedMode;
      if (answer != null) {
        return answer;
      }
      return Uni.createFrom().item(answers.getOrDefault(path, Answers.of(404, "planted")));
    }

    void answer(String path, String body) {
      answers.put(path, Answers.of(200, body));
    }
  }

  private EcsMetadataClient client() {
    SdkEnvironment sdkEnvironment = FakeSettings.sdkEnvironment(environment);
    Endpoints endpoints =
        new Endpoints(
            settings, FakeSettings.config(Map.of()), new ClusterRegion(), sdkEnvironment, vertx);
    return new EcsMetadataClient(api, endpoints, settings, sdkEnvironment);
  }

  private TemporaryCredentials key() {
    return key(null);
  }

  private TemporaryCredentials key(String role) {
    return client().roleCredentials(role).await().atMost(Duration.ofSeconds(30));
  }

  private AlibabaCloudException refused() {
    AlibabaCloudException e = catchThrowableOfType(AlibabaCloudException.class, this::key);
    assertThat(e).isNotNull();
    assertThat(e.reason()).isEqualTo(Reason.CredentialsMissing);
    assertThat(e.getMessage() + e.advice()).doesNotContain("planted");
    return e;
  }

  private java.util.Optional<String> region() {
    return client().region().await().atMost(Duration.ofSeconds(30));
  }

  @Test
  void readsTheKeyOfTheFirstRoleInHardenedMode() {
    // given
    api.answer(ROLES, "node-role\nother\n");
    api.answer(ROLES + "node-role", KEY);

    // when
    TemporaryCredentials key = key();

    // then
    assertThat(key.key().id()).isEqualTo("STS.planted");
    assertThat(key.key().secret().reveal()).isEqualTo("planted-secret");
    assertThat(key.key().securityToken().reveal()).isEqualTo("planted-token");
    assertThat(key.expiresAt()).isEqualTo(Instant.parse("2026-01-01T01:00:00Z"));
    assertThat(api.requests)
        .containsExactly(
            "http://100.100.100.200 hardened " + ROLES,
            "http://100.100.100.200 hardened " + ROLES + "node-role");
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 404, 405, 500})
  void fallsBackToTheOlderModeIfHardenedModeIsRefused(int status) {
    // given
    api.token = Uni.createFrom().item(Answers.of(status, "no"));
    api.answer("region-id", "cn-hangzhou");

    // when, then
    assertThat(region()).contains("cn-hangzhou");
    assertThat(api.requests).containsExactly("http://100.100.100.200 null region-id");
  }

  static List<Uni<Response>> failures() {
    return List.of(
        Uni.createFrom().item(Answers.of(403, "planted")),
        Uni.createFrom().failure(new IllegalStateException("planted")),
        Uni.createFrom().nothing());
  }

  /** An answer to PUT may not reach a container: its hop limit is 1 by default. */
  @ParameterizedTest
  @MethodSource("failures")
  void usesTheNormalModeIfNoTokenArrives(Uni<Response> failure) {
    // given
    api.token = failure;
    api.answer("region-id", "cn-hangzhou");

    // when, then
    assertThat(region()).contains("cn-hangzhou");
    assertThat(api.requests).containsExactly("http://100.100.100.200 null region-id");
  }

  @ParameterizedTest
  @MethodSource("failures")
  void usesTheNormalModeIfTheTokenIsRefused(Uni<Response> failure) {
    // given
    api.answerInHardenedMode = failure;
    api.answer(ROLES, "r");
    api.answer(ROLES + "r", KEY);

    // when, then
    assertThat(key().key().id()).isEqualTo("STS.planted");
    assertThat(api.requests)
        .containsExactly(
            "http://100.100.100.200 hardened " + ROLES,
            "http://100.100.100.200 null " + ROLES,
            "http://100.100.100.200 hardened " + ROLES + "r",
            "http://100.100.100.200 null " + ROLES + "r");
  }

  @ParameterizedTest
  @CsvSource({"true, ", ", true", "true, false"})
  void neverUsesTheNormalModeIfThatIsForbidden(Boolean setting, String variable) {
    // given
    settings.metadataHardenedOnly = setting;
    if (variable != null) {
      environment.put("ALIBABA_CLOUD_IMDSV1_DISABLED", variable);
    }
    api.answer(ROLES, "r");
    api.answer(ROLES + "r", KEY);

    // when, then
    assertThat(key().key().id()).isEqualTo("STS.planted");
    for (Uni<Response> failure : failures()) {
      api.token = failure;
      refused();
      api.token = Uni.createFrom().item(Answers.of(200, "hardened"));
      api.answerInHardenedMode = failure;
      refused();
      api.answerInHardenedMode = null;
    }
    assertThat(api.requests).noneMatch(request -> request.contains(" null "));
  }

  @Test
  void prefersItsOwnSettingToTheVariableOfTheSdks() {
    // given
    settings.metadataHardenedOnly = false;
    environment.put("ALIBABA_CLOUD_IMDSV1_DISABLED", "true");
    api.token = Uni.createFrom().item(Answers.of(403, "no"));
    api.answer(ROLES, "r");
    api.answer(ROLES + "r", KEY);

    // when, then
    assertThat(key().key().id()).isEqualTo("STS.planted");
  }

  @Test
  void saysWhyHardenedModeFailsIfTheNormalModeIsForbidden() {
    // given
    settings.metadataHardenedOnly = true;
    api.token = Uni.createFrom().item(Answers.of(403, "planted"));

    // when, then
    assertThat(refused())
        .hasMessageEndingWith(
            "answers 403 to a request in hardened mode, and the normal mode is forbidden");
  }

  @Test
  void doesNotRequestTheNameOfAGivenRole() {
    // given
    api.answer(ROLES + "given", KEY);

    // when, then
    assertThat(key("given").key().id()).isEqualTo("STS.planted");
    assertThat(api.requests).containsExactly("http://100.100.100.200 hardened " + ROLES + "given");
    assertThat(catchThrowableOfType(AlibabaCloudException.class, () -> key("../planted")))
        .hasMessageEndingWith("ALIBABA_CLOUD_ECS_METADATA is not the name of a role");
  }

  @Test
  void reportsAMissingRoleWithARemedy() {
    // when, then
    assertThat(refused())
        .hasMessage("The ECS instance provides no credentials: the metadata service answers 404");
    assertThat(refused().advice()).contains("Attach a RAM role");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>planted</html>", "../planted", "a b", "r?x=1", "r#x", "-r"})
  void doesNotRequestAnInvalidRoleName(String role) {
    // given
    api.answer(ROLES, role);

    // when, then
    assertThat(refused()).hasMessageEndingWith("names no role");
    assertThat(api.requests).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "\"planted\"",
        "<html>planted</html>",
        "{",
        "{}",
        "{\"Code\":\"Failed\",\"AccessKeyId\":\"planted\",\"AccessKeySecret\":\"planted\","
            + "\"SecurityToken\":\"planted\",\"Expiration\":\"2026-01-01T01:00:00Z\"}"
      })
  void reportsAnAnswerWithoutAKeyWithoutItsContent(String body) {
    // given
    api.answer(ROLES, "r");
    api.answer(ROLES + "r", body);

    // when, then
    assertThat(refused().code()).isEqualTo("NoInstanceRole");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Code", "AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"})
  void requiresEveryField(String part) {
    // given
    api.answer(ROLES, "r");

    // when, then
    for (String other : List.of("\"Other\"", "\"" + part + "\":null,\"Other\"")) {
      api.answer(ROLES + "r", KEY.replace("\"" + part + "\"", other));
      refused();
    }
    api.answer(ROLES + "r", KEY.replaceAll("\"" + part + "\":\"[^\"]*\"", "\"" + part + "\":{}"));
    refused();
  }

  @Test
  void rejectsDeeplyNestedAnswers() {
    // given
    api.answer(ROLES, "r");
    api.answer(ROLES + "r", "[".repeat(100_000));

    // when, then
    assertThat(refused()).hasMessageEndingWith("cannot be parsed");
  }

  @Test
  void readsTheRegion() {
    // given
    api.answer("region-id", "cn-hangzhou\n");

    // when, then
    assertThat(region()).contains("cn-hangzhou");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html>", "cn-hangzhou.evil.example/", "CN-HANGZHOU", "a b"})
  void ignoresAnInvalidRegion(String text) {
    // given
    api.answer("region-id", text);

    // when, then
    assertThat(region()).isEmpty();
  }

  @Test
  void returnsNoRegionAndNoKeyWithoutTheService() {
    // given
    api.token = Uni.createFrom().failure(new IllegalStateException("planted"));
    api.answerWithoutToken = Uni.createFrom().failure(new IllegalStateException("planted"));

    // when, then
    assertThat(region()).isEmpty();
    assertThat(refused()).hasMessageEndingWith("there is no metadata service");
  }

  @Test
  void sendsNoRequestIfDisabled() {
    // given
    settings.metadata = null;

    // when, then
    assertThat(region()).isEmpty();
    assertThat(catchThrowableOfType(AlibabaCloudException.class, this::key).advice())
        .contains("ACR_ENDPOINT_METADATA");
    assertThat(api.requests).isEmpty();
  }
}
