// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static io.acrcredential.operator.statuspage.Statuses.condition;
import static io.acrcredential.operator.statuspage.Statuses.failed;
import static io.acrcredential.operator.statuspage.Statuses.fresh;
import static io.acrcredential.operator.statuspage.Statuses.policy;
import static io.acrcredential.operator.statuspage.Statuses.registry;
import static io.acrcredential.operator.statuspage.Statuses.snapshot;
import static io.acrcredential.operator.statuspage.Statuses.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.statuspage.Snapshot.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PageViewTest {

  private static final String MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
  private static final Pattern HAN = Pattern.compile("\\p{IsHan}");

  private static String english(Snapshot snapshot) {
    return PageView.content(Language.ENGLISH, snapshot);
  }

  @Test
  void showsPoliciesRegistriesCoverageAndErrorsWithAdvice() {
    // given
    Snapshot snapshot =
        snapshot(
            List.of(
                policy(
                    "broken",
                    condition("Ready", "False", "AccessDenied", "1 of 1 registries failed"),
                    failed(
                        "cri-denied",
                        "NoPermission",
                        "User not authorized",
                        "Add cr:GetAuthorizationToken to the RAM policy.")),
                policy("production", fresh("cri-abc", 45))),
            new NamespaceRow(
                "team-a", 2, Optional.of(new WorkFailure(Reason.BindingFailed, "quota", true))),
            new NamespaceRow("team-b", 3, Optional.empty()));

    // when
    String html = english(snapshot);

    // then
    assertThat(text(html))
        .contains("operator-0 leads.", "As of 12:00:00 UTC")
        .contains("Policies ready 1 of 2", "Registries with a fresh token 1 of 2")
        .contains("Namespaces covered 812 of 1,000", "Pull Secrets 811")
        .contains("NoPermission User not authorized → Add cr:GetAuthorizationToken")
        .contains("REQUEST-1")
        .contains("broken AccessDenied 1 of 1 registries failed")
        .contains("team-a BindingFailed quota")
        .contains("team-b Binding 3 ServiceAccounts are not bound yet.")
        .contains("✓ Fresh 45 min 12:45:00 12:25:00")
        .contains("✗ Failed no valid token");
    assertThat(html).contains("class=\"fill\" width=\"75\"");
    assertThat(html.indexOf("id=\"problems\""))
        .isLessThan(html.indexOf("id=\"policies\""))
        .isPositive();
    assertThat(html.indexOf("id=\"policies\"")).isLessThan(html.indexOf("id=\"registries\""));
  }

  @Test
  void saysAnErrorOfARegistryOnce() {
    // given
    PolicyRow repeating =
        policy(
            "repeating",
            condition(
                "Ready",
                "False",
                "InstanceNotFound",
                "cri-old: INSTANCE_NOT_EXIST: The instance is gone"),
            failed("cri-old", "INSTANCE_NOT_EXIST", "The instance is gone.", "Check the ID."));
    PolicyRow other =
        policy(
            "other",
            condition("Ready", "False", "BindingFailed", "quota"),
            failed("cri-old", "INSTANCE_NOT_EXIST", "The instance is gone.", "Check the ID."));

    // when
    String html = english(snapshot(List.of(repeating, other)));

    // then
    String problems = html.substring(0, html.indexOf("id=\"policies\""));
    assertThat(problems.split("The instance is gone", -1)).hasSize(2);
    assertThat(text(problems)).contains("✗ Policy other BindingFailed quota");
  }

  @Test
  void saysWhenNothingIsWrong() {
    assertThat(english(snapshot(List.of(policy("a", fresh("cri-a", 30))))))
        .contains("No problem is known.")
        .doesNotContain("id=\"problems\"");
  }

  @Test
  void namesAPolicyThatTheOperatorHasNotSeen() {
    assertThat(text(english(snapshot(List.of(new PolicyRow("new", null))))))
        .contains("new The operator has not seen this policy yet.");
  }

  @Test
  void escapesWhateverTheClusterOrAServiceSays() {
    // given
    PolicyRow policy =
        policy(
            MARKUP,
            condition("Ready", "False", MARKUP, MARKUP),
            failed(MARKUP, MARKUP, MARKUP, MARKUP));
    Snapshot plain =
        snapshot(
            List.of(policy),
            new NamespaceRow(
                MARKUP, 1, Optional.of(new WorkFailure(Reason.BindingFailed, MARKUP, true))));
    Snapshot snapshot =
        new Snapshot(
            plain.now(),
            new Replica(MARKUP, true, List.of(MARKUP)),
            plain.policies(),
            plain.registries(),
            plain.coverage());

    // when
    String html = english(snapshot);

    // then
    assertThat(html).doesNotContain("<script", "<img").contains("&lt;script&gt;");
    Pattern tag = Pattern.compile("<[a-z0-9]+((?: [a-zA-Z-]+=\"[^\"<>]*\")*)>|</[a-z0-9]+>");
    assertThat(tag.matcher(html).replaceAll("")).as("outside of tags").doesNotContain("<", ">");
    assertThat(tag.matcher(html).results().map(MatchResult::group))
        .map(found -> found.replaceAll("\"[^\"]*\"", ""))
        .as("no attribute runs a script, and none is a style, which the policy would block")
        .noneMatch(found -> found.matches(".* (on\\w+|style|href|src)=.*"));
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void isCompleteInBothLanguages(Language language) {
    // given
    Snapshot snapshot =
        snapshot(
            List.of(
                policy("a", fresh("cri-a", 30)),
                policy("b", failed("cri-b", "NoPermission", "denied", "Add cr:PullRepository."))));

    // when
    String html = PageView.document(language, PageView.content(language, snapshot));

    // then
    String other = "<a href=\"?lang=" + (language == Language.ENGLISH ? "zh" : "en") + "\"";
    assertThat(html)
        .startsWith("<!DOCTYPE html><html lang=\"" + PageLanguage.code(language) + "\">")
        .endsWith("</main></body></html>")
        .contains(other);
    String content = PageView.content(language, snapshot);
    if (language == Language.CHINESE) {
      assertThat(text(content)).contains("→ 请在 RAM 策略中添加操作 cr:PullRepository。", "30 分钟");
      // What is left is what the operator, Kubernetes and the service call by these names.
      assertThat(text(content).replaceAll("[^\\p{IsHan}A-Za-z]+", " "))
          .doesNotContain("Region", "Problems", "Policies", "expir");
    } else {
      assertThat(HAN.matcher(content).find()).isFalse();
    }
  }

  /** Read by screen readers, and without any color. */
  @Test
  void tablesAreAccessible() {
    // when
    String html =
        english(snapshot(List.of(policy("a", failed("cri-a", "Timeout", "late", "wait")))));

    // then
    assertThat(html).doesNotContain("<th>").contains("<th scope=\"col\">", "<th scope=\"row\">");
    assertThat(html.split("<table ")).allSatisfy(part -> assertThat(part).isNotEmpty());
    assertThat(html).contains("<table aria-labelledby=\"problems\">");
    assertThat(html.split("<svg ", -1).length - 1)
        .isEqualTo(html.split("aria-hidden=\"true\"><rect", -1).length - 1);
  }

  @Test
  void stillFitsWith100RegistriesAnd1000Namespaces() {
    // given
    List<PolicyRow> policies = new ArrayList<>();
    for (int policy = 0; policy < 20; policy++) {
      RegistryStatus[] registries = new RegistryStatus[5];
      for (int i = 0; i < registries.length; i++) {
        String id = "cri-%03d".formatted(policy * registries.length + i);
        registries[i] =
            i == 0
                ? failed(id, "Timeout", "m".repeat(256), "Check the network.")
                : fresh(id, 10 + policy);
      }
      policies.add(policy("policy-%02d".formatted(policy), registries));
    }
    NamespaceRow[] namespaces =
        IntStream.range(0, 1_000)
            .mapToObj(
                i ->
                    new NamespaceRow(
                        "namespace-%04d".formatted(i),
                        5,
                        Optional.of(new WorkFailure(Reason.BindingFailed, "n".repeat(256), false))))
            .toArray(NamespaceRow[]::new);

    // when
    String html = english(snapshot(policies, namespaces));

    // then
    assertThat(html.getBytes(UTF_8).length).isLessThan(200 * 1024);
    assertThat(html.split("<summary>cri-", -1)).hasSize(101);
    assertThat(html).contains("namespace-0049").doesNotContain("namespace-0050");
    assertThat(text(html)).contains("… and 950 more");
  }

  @Test
  void boundsEveryList() {
    // given
    List<PolicyRow> policies =
        IntStream.range(0, 2_000)
            .mapToObj(
                i ->
                    policy(
                        "policy-%04d".formatted(i),
                        fresh("cri-shared", 10),
                        failed("cri-%04d".formatted(i), "Timeout", "late", "wait")))
            .toList();

    // when
    String html = english(snapshot(policies));

    // then
    assertThat(html.getBytes(UTF_8).length).isLessThan(1024 * 1024);
    assertThat(text(html)).contains("… and 1,950 more", "… and 1,700 more", "… and 1,701 more");
  }

  @Test
  void aStandbyReplicaLeavesOutWhatOnlyTheLeaderKnows() {
    // given
    Snapshot leader = snapshot(List.of(policy("a", fresh("cri-a", 30))));
    Snapshot standby =
        new Snapshot(
            leader.now(),
            new Replica("operator-1", false, List.of("nobody leads")),
            leader.policies(),
            leader.registries(),
            Optional.empty());

    // then
    assertThat(text(english(standby)))
        .contains("operator-1 does not lead", "nobody leads", "Policies ready 1 of 1")
        .doesNotContain("Namespaces covered", "Pull Secrets");
  }

  /** The words of a page, with one blank between two elements. */
  private static String text(String html) {
    return html.replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ");
  }

  /** Whoever may write the status of a policy may leave out what the operator always writes. */
  @Test
  void survivesAnErrorWithoutContent() {
    // given
    PolicyRow policy =
        policy(
            "a",
            registry("cri-a", State.Failed, null, new RegistryError(null, null, null, null, "?")));

    // then
    assertThat(text(english(snapshot(List.of(policy))))).contains("cri-a cn-hangzhou (a)");
    assertThat(PageView.content(Language.CHINESE, snapshot(List.of(policy)))).contains("cri-a");
  }

  @Test
  void foldsConditions() {
    // given
    PolicyRow policy =
        new PolicyRow(
            "a",
            status(
                List.of(
                    condition("Ready", "True", "Ready", "fine"),
                    condition("Bound", "True", "Ready", "3 of 4"))));

    // then
    assertThat(english(snapshot(List.of(policy))))
        .contains("<details id=\"policy-a\"><summary>a</summary>")
        .contains("<code>Bound=True</code> Ready</dt><dd>3 of 4");
  }
}
