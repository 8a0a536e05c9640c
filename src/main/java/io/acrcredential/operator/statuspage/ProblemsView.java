// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.explain.finding.Text;
import io.acrcredential.operator.explain.link.RegistryErrors;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.statuspage.Snapshot.Coverage;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is wrong, with the operator's advice: registries first, then policies and namespaces. */
final class ProblemsView {

  /** Of each kind. */
  static final int MAX_ROWS = 50;

  private static final int MAX_POLICIES = 5;

  private static final List<Text> COLUMNS =
      List.of(Texts.WHERE, Texts.REASON, Texts.MESSAGE, Texts.SINCE);

  /**
   * A row of the table.
   *
   * @param code a reason of a condition or the code of an error
   * @param since empty = unknown
   */
  private record Problem(
      Level level,
      Text kind,
      String name,
      String code,
      Text message,
      Text advice,
      String requestId,
      Optional<Instant> since) {}

  private ProblemsView() {}

  static void add(Html html, Snapshot snapshot) {
    List<List<Problem>> kinds =
        List.of(registries(html, snapshot), policies(snapshot), namespaces(snapshot));
    if (kinds.stream().allMatch(List::isEmpty)) {
      html.open("p", "class", "fine");
      Cells.badge(html, Level.OK, Texts.NO_PROBLEM.in(html.language()));
      html.close("p");
      return;
    }
    Cells.begin(html, "problems", Texts.PROBLEMS, COLUMNS);
    int hidden = 0;
    for (List<Problem> problems : kinds) {
      problems.stream().limit(MAX_ROWS).forEach(problem -> row(html, problem, snapshot.now()));
      hidden += Math.max(0, problems.size() - MAX_ROWS);
    }
    Cells.end(html, COLUMNS.size(), hidden);
  }

  private static List<Problem> registries(Html html, Snapshot snapshot) {
    List<Problem> problems = new ArrayList<>();
    for (RegistryRow row : snapshot.registries()) {
      RegistryError error = row.status().error();
      if (error != null) {
        String policies = Cells.names(row.policies(), MAX_POLICIES, html.language());
        problems.add(
            new Problem(
                row.level(),
                Texts.REGISTRY,
                "%s %s (%s)"
                    .formatted(RegistriesView.name(row, html.language()), row.region(), policies),
                error.code(),
                verbatim(error.message()),
                RegistryErrors.advice(error),
                error.requestId(),
                PolicyRow.time(error.at())));
      }
    }
    return problems;
  }

  private static List<Problem> policies(Snapshot snapshot) {
    List<Problem> problems = new ArrayList<>();
    for (PolicyRow row : snapshot.policies()) {
      if (row.ready().isEmpty()) {
        problems.add(
            problem(row.level(), Texts.POLICY, row.name(), "", Texts.NOT_SEEN, Optional.empty()));
      }
      row.problem()
          .filter(condition -> !repeatsRegistry(row, condition))
          .ifPresent(condition -> problems.add(policy(row, condition)));
    }
    return problems;
  }

  /** Whether the condition says again what the row of a registry says. */
  private static boolean repeatsRegistry(PolicyRow row, Condition condition) {
    return row.registries().stream()
        .map(RegistryStatus::error)
        .filter(error -> error != null && error.code() != null)
        .anyMatch(error -> condition.getMessage().contains(": " + error.code() + ": "));
  }

  private static Problem policy(PolicyRow row, Condition condition) {
    return problem(
        row.level(),
        Texts.POLICY,
        row.name(),
        condition.getReason(),
        verbatim(condition.getMessage()),
        PolicyRow.time(condition.getLastTransitionTime()));
  }

  private static List<Problem> namespaces(Snapshot snapshot) {
    List<NamespaceRow> rows = snapshot.coverage().map(Coverage::problems).orElse(List.of());
    return rows.stream().map(ProblemsView::namespace).toList();
  }

  private static Problem namespace(NamespaceRow row) {
    return problem(
        row.level(),
        row.name().isEmpty() ? Texts.OPERATOR : Texts.NAMESPACE,
        row.name(),
        row.failure().map(WorkFailure::reason).orElse(Reason.Binding).name(),
        row.failure()
            .map(failure -> verbatim(failure.message()))
            .orElseGet(() -> Texts.NOT_BOUND.with(Cells.number(row.missing()))),
        Optional.empty());
  }

  private static Problem problem(
      Level level, Text kind, String name, String code, Text message, Optional<Instant> since) {
    return new Problem(level, kind, name, code, message, Text.NONE, null, since);
  }

  /** The operator and the services say it in English only. */
  private static Text verbatim(String message) {
    return message == null ? Text.NONE : new Text(message, message);
  }

  private static void row(Html html, Problem problem, Instant now) {
    html.open("tr").open("th", "scope", "row");
    Cells.badge(html, problem.level(), problem.kind().in(html.language()));
    html.text(" " + problem.name()).close("th");
    html.open("td").element("code", problem.code()).close("td");
    html.open("td").element("p", problem.message());
    if (!problem.advice().isEmpty()) {
      html.open("p", "class", "advice").text("→ ").text(problem.advice()).close("p");
    }
    if (problem.requestId() != null) {
      html.open("p", "class", "small").text(Texts.REQUEST_ID).text(" ");
      html.element("code", problem.requestId()).close("p");
    }
    html.close("td").open("td");
    problem.since().ifPresent(since -> Cells.time(html, since, now));
    html.close("td").close("tr");
  }
}
