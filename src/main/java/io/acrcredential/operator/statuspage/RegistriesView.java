// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.explain.finding.Language;
import io.acrcredential.operator.explain.finding.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The registries, the one whose token expires first comes first; details are folded. */
final class RegistriesView {

  static final int MAX_ROWS = 300;

  private static final int MAX_NAMES = 20;

  private static final List<Text> COLUMNS =
      List.of(
          Texts.REGISTRY, Texts.REGION, Texts.STATE, Texts.LEFT, Texts.EXPIRES, Texts.NEXT_REFRESH);

  private RegistriesView() {}

  static void add(Html html, Snapshot snapshot) {
    List<RegistryRow> registries = snapshot.registries();
    Cells.begin(html, "registries", Texts.REGISTRIES, COLUMNS);
    registries.stream().limit(MAX_ROWS).forEach(registry -> row(html, registry, snapshot.now()));
    Cells.end(html, COLUMNS.size(), registries.size() - MAX_ROWS);
  }

  /** The ID of the instance, or what takes its place. */
  static String name(RegistryRow row, Language language) {
    return row.instance().isEmpty() ? Texts.PERSONAL_EDITION.in(language) : row.instance();
  }

  private static void row(Html html, RegistryRow row, Instant now) {
    html.open("tr").open("th", "scope", "row");
    details(html, row, now);
    html.close("th").element("td", row.region()).open("td");
    Cells.badge(html, row.level(), Texts.state(row.state()).in(html.language()));
    html.close("td").open("td");
    Optional<Duration> left = row.left(now);
    if (left.isPresent()) {
      Cells.bar(html, row.level(), row.share(now));
      html.text(Cells.duration(left.get(), html.language()));
    } else {
      Cells.bar(html, row.level(), 0);
      html.text(Texts.NO_TOKEN);
    }
    html.close("td").open("td");
    row.expiresAt().ifPresent(time -> Cells.time(html, time, now));
    html.close("td").open("td");
    row.nextRefreshAt().ifPresent(time -> Cells.time(html, time, now));
    html.close("td").close("tr");
  }

  private static void details(Html html, RegistryRow row, Instant now) {
    Language language = html.language();
    String id = String.join("-", "registry", row.instance(), row.region(), row.identity());
    html.open("details", "id", id.replace(' ', '-'))
        .element("summary", name(row, language))
        .open("dl");
    detail(html, Texts.IDENTITY, row.identity());
    detail(html, Texts.USED_BY, Cells.names(row.policies(), MAX_NAMES, language));
    detail(html, Texts.DOMAINS, Cells.names(row.domains(), MAX_NAMES, language));
    row.refreshedAt()
        .ifPresent(
            time -> {
              html.element("dt", Texts.REFRESHED).open("dd");
              Cells.time(html, time, now);
              html.close("dd");
            });
    Long offset = row.status().clockOffsetSeconds();
    if (offset != null) {
      detail(html, Texts.CLOCK_OFFSET, offset + " s");
    }
    html.close("dl").close("details");
  }

  private static void detail(Html html, Text label, String value) {
    if (!value.isEmpty()) {
      html.element("dt", label).element("dd", value);
    }
  }
}
