// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page of the packaged operator. */
class StatusPageIT {

  private static final String INSTANCE = "cri-abc";

  private static OperatorTestEnvironment env;
  private static int port;

  @BeforeAll
  static void start() {
    env = OperatorTestEnvironment.create();
    port = FreePort.next();
    env.withVariable("ACR_STATUS_PAGE_PORT", String.valueOf(port));
    env.createNamespace("team", Map.of());
    env.createPolicy(
        "team",
        """
        registries: [{instanceId: cri-abc}]
        targets: {namespaces: {names: [team]}, serviceAccounts: {names: ['*']}}
        """);
    env.startOperator();
    env.awaitReady("team");
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  private static void awaitPage() {
    Awaits.soon().until(() -> env.operator().log().contains("The status page is at http://127"));
  }

  private static String text(String html) {
    return html.replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ");
  }

  @Test
  void showsThePolicyItsRegistryAndWhatItCovers() throws IOException {
    awaitPage();
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(text(PageConnection.get(port, "/")))
                    .contains(" leads. As of ")
                    .contains("Policies ready 1 of 1", "Registries with a fresh token 1 of 1")
                    .contains("ServiceAccounts bound 1 of 1", "Pull Secrets 1")
                    .containsPattern("Namespaces covered 1 of \\d+")
                    .containsPattern("cri-abc Identity AccessKey .* cn-hangzhou ✓ Fresh \\d+ min")
                    .contains("No problem is known."));
    String page = PageConnection.get(port, "/?lang=zh");
    assertThat(page).contains("镜像仓库实例").doesNotContain(secrets());
  }

  private static String[] secrets() {
    JsonNode login = env.dockerAuths("team").elements().next();
    return List.of(
            OperatorTestEnvironment.KEY_ID,
            OperatorTestEnvironment.KEY_SECRET,
            login.path("password").asText(),
            login.path("auth").asText())
        .toArray(String[]::new);
  }

  @Test
  void anErrorWithAdviceArrivesByItselfAndGoes() throws IOException {
    // given
    awaitPage();
    try (PageConnection browser = PageConnection.follow(port, "en")) {
      Awaits.soon().until(() -> browser.events() > 0);
      assertThat(browser.received()).doesNotContain("Forbidden.RAM");

      // when
      env.acr.denyAction("1001", "cr:GetAuthorizationToken");
      env.requestRefresh("team");

      // then
      Awaits.soon()
          .untilAsserted(
              () ->
                  assertThat(lastEvent(browser))
                      .containsPattern("Registry cri-abc cn-hangzhou \\(team\\) Forbidden.RAM")
                      .contains("→ ", "cr:GetAuthorizationToken")
                      .contains("! Refresh fails"));

      // when
      env.acr.allowAction("1001", "cr:GetAuthorizationToken");
      env.requestRefresh("team");

      // then
      Awaits.soon()
          .untilAsserted(
              () ->
                  assertThat(lastEvent(browser))
                      .contains("✓ Fresh", "No problem is known.")
                      .doesNotContain("Forbidden.RAM"));
      assertThat(browser.received()).doesNotContain(secrets());
    }
  }

  private static String lastEvent(PageConnection browser) {
    String received = browser.received();
    return text(received.substring(received.lastIndexOf("data: ")));
  }

  @Test
  void aStandbyReplicaShowsWhatTheLeaderWrote() throws IOException {
    // given
    int other = FreePort.next();
    env.withVariable("ACR_STATUS_PAGE_PORT", String.valueOf(other));
    try (OperatorProcess standby = env.startAnother()) {
      // when
      Awaits.soon().until(() -> standby.log().contains("The status page is at"));

      // then
      Awaits.soon()
          .untilAsserted(
              () ->
                  assertThat(text(PageConnection.get(other, "/")))
                      .contains(" does not lead: ", "Policies ready 1 of 1", INSTANCE)
                      .doesNotContain("Namespaces covered"));
    } finally {
      env.withVariable("ACR_STATUS_PAGE_PORT", String.valueOf(port));
    }
  }

  @Test
  void thereIsNoPageByDefault() {
    // given
    env.withVariable("ACR_STATUS_PAGE_PORT", "");

    // when
    try (OperatorProcess standby = env.startAnother()) {
      standby.awaitStarted();
      Awaits.soon().until(() -> standby.probe("/q/health/ready"));

      // then
      assertThat(standby.log()).doesNotContain("status page");
    } finally {
      env.withVariable("ACR_STATUS_PAGE_PORT", String.valueOf(port));
    }
  }
}
