// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.cli.ProgramVersion;
import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.explain.finding.Text;
import io.acrcredential.operator.statuspage.PolicyRow.Fraction;
import io.acrcredential.operator.statuspage.Snapshot.Coverage;
import io.acrcredential.operator.statuspage.Snapshot.Replica;
import java.time.Duration;
import java.time.Instant;

/** The document, and the part of it that changes: totals, problems, policies, registries. */
final class PageView {

  private PageView() {}

  /**
   * The whole document. It is complete without JavaScript, which only keeps it up to date.
   *
   * @param content what {@link #content} returned
   */
  static String document(Language language, String content) {
    Html html = new Html(language);
    html.append("<!DOCTYPE html>").open("html", "lang", PageLanguage.code(language)).open("head");
    html.open("meta", "charset", "utf-8");
    html.open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.element("title", "acr-credential-operator");
    html.open("link", "rel", "icon", "href", "icon.svg");
    html.open("link", "rel", "stylesheet", "href", "style.css");
    html.open("script", "src", "live.js", "defer", "").close("script");
    html.open("noscript").open("meta", "http-equiv", "refresh", "content", "10").close("noscript");
    html.close("head").open("body").open("header");
    html.element("h1", "acr-credential-operator").element("span", ProgramVersion.get());
    Language other = language == Language.CHINESE ? Language.ENGLISH : Language.CHINESE;
    String code = PageLanguage.code(other);
    html.element(
        "a",
        Texts.NAME_OF_LANGUAGE.in(other),
        "href",
        "?lang=" + code,
        "hreflang",
        code,
        "lang",
        code);
    html.close("header");
    html.element("p", Texts.INTERRUPTED, "id", "interrupted", "role", "status", "hidden", "");
    html.open("main").append(content).close("main");
    return html.close("body").close("html").toString();
  }

  /** What changes. */
  static String content(Language language, Snapshot snapshot) {
    Html html = new Html(language);
    replica(html, snapshot.replica(), snapshot.now());
    totals(html, snapshot);
    ProblemsView.add(html, snapshot);
    PoliciesView.add(html, snapshot);
    RegistriesView.add(html, snapshot);
    return html.toString();
  }

  private static void replica(Html html, Replica replica, Instant now) {
    html.open("p", "class", "replica");
    html.text((replica.leads() ? Texts.LEADS : Texts.STANDBY).with(replica.name())).text(" ");
    html.text(Texts.AS_OF).text(" ");
    Cells.time(html, now, now);
    html.text(" UTC").close("p");
    replica.notes().forEach(note -> html.element("p", note, "class", "note"));
  }

  private static void totals(Html html, Snapshot snapshot) {
    int ready = (int) snapshot.policies().stream().filter(p -> p.level() == Level.OK).count();
    int fresh = (int) snapshot.registries().stream().filter(r -> r.level() == Level.OK).count();
    Fraction bound =
        snapshot.policies().stream().map(PolicyRow::bound).reduce(Fraction.NONE, Fraction::plus);
    html.open("dl", "class", "totals");
    total(html, Texts.POLICIES_READY, of(html, ready, snapshot.policies().size()));
    total(html, Texts.REGISTRIES_FRESH, of(html, fresh, snapshot.registries().size()));
    total(html, Texts.ACCOUNTS_BOUND, of(html, bound.part(), bound.whole()));
    snapshot
        .coverage()
        .ifPresent(
            coverage -> {
              total(html, Texts.NAMESPACES_COVERED, covered(html, coverage));
              total(html, Texts.PULL_SECRETS, Cells.number(coverage.pullSecrets()));
            });
    snapshot.registries().stream()
        .flatMap(row -> row.left(snapshot.now()).stream())
        .min(Duration::compareTo)
        .ifPresent(left -> total(html, Texts.NEXT_EXPIRY, Cells.duration(left, html.language())));
    html.close("dl");
  }

  private static String covered(Html html, Coverage coverage) {
    return of(html, coverage.covered(), coverage.namespaces());
  }

  private static String of(Html html, int part, int whole) {
    return Texts.OF.with(Cells.number(part), Cells.number(whole)).in(html.language());
  }

  private static void total(Html html, Text label, String value) {
    html.open("div").element("dt", label).element("dd", value).close("div");
  }
}
