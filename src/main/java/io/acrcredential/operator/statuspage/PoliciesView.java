// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.explain.finding.Text;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The policies, those with a problem first; their conditions are folded. */
final class PoliciesView {

  static final int MAX_ROWS = 300;

  private static final List<Text> COLUMNS =
      List.of(
          Texts.POLICY,
          Texts.READY,
          Texts.TOKENS,
          Texts.BOUND,
          Texts.NAMESPACES,
          Texts.NEXT_REFRESH);

  private PoliciesView() {}

  static void add(Html html, Snapshot snapshot) {
    List<PolicyRow> policies = snapshot.policies();
    Cells.begin(html, "policies", Texts.POLICIES, COLUMNS);
    policies.stream().limit(MAX_ROWS).forEach(policy -> row(html, policy, snapshot.now()));
    Cells.end(html, COLUMNS.size(), policies.size() - MAX_ROWS);
  }

  private static void row(Html html, PolicyRow policy, Instant now) {
    html.open("tr").open("th", "scope", "row");
    html.open("details", "id", "policy-" + policy.name()).element("summary", policy.name());
    html.open("dl");
    policy.conditions().forEach(condition -> condition(html, condition, now));
    html.close("dl").close("details").close("th").open("td");
    Optional<Condition> ready = policy.ready();
    Cells.badge(
        html,
        policy.level(),
        ready.map(Condition::getReason).orElseGet(() -> Texts.PENDING.in(html.language())));
    html.close("td").open("td");
    Cells.fraction(html, policy.fresh());
    html.close("td").open("td");
    Cells.fraction(html, policy.bound());
    html.close("td").open("td", "class", "number");
    Integer namespaces = policy.status() == null ? null : policy.status().namespaces();
    html.text(namespaces == null ? "" : Cells.number(namespaces)).close("td").open("td");
    policy.nextRefreshAt().ifPresent(time -> Cells.time(html, time, now));
    html.close("td").close("tr");
  }

  private static void condition(Html html, Condition condition, Instant now) {
    html.open("dt");
    html.element("code", condition.getType() + "=" + condition.getStatus()).text(" ");
    html.text(condition.getReason()).close("dt").open("dd").text(condition.getMessage());
    PolicyRow.time(condition.getLastTransitionTime())
        .ifPresent(
            since -> {
              html.text(" (").text(Texts.SINCE).text(" ");
              Cells.time(html, since, now);
              html.text(")");
            });
    html.close("dd");
  }
}
