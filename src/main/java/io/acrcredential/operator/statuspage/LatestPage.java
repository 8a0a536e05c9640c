// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.explain.finding.Language;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The page as of now. It is collected at most once a second, and built once for all who look at it
 * in the same language. Nothing happens while nobody looks.
 */
final class LatestPage {

  static final Duration MAX_AGE = Duration.ofSeconds(1);

  private final Supplier<Snapshot> snapshots;
  private final LongSupplier nanoTime;
  private final Map<Language, String> content = new EnumMap<>(Language.class);
  private Snapshot snapshot;
  private long collectedAt;

  LatestPage(Supplier<Snapshot> snapshots, LongSupplier nanoTime) {
    this.snapshots = snapshots;
    this.nanoTime = nanoTime;
  }

  /** The whole document. */
  String document(Language language) {
    return PageView.document(language, content(language));
  }

  /** The content of the document, which changes. Can take a while, so no event loop calls it. */
  synchronized String content(Language language) {
    long now = nanoTime.getAsLong();
    if (snapshot == null || now - collectedAt >= MAX_AGE.toNanos()) {
      Snapshot latest = snapshots.get();
      collectedAt = now;
      if (!latest.equals(snapshot)) {
        snapshot = latest;
        content.clear();
      }
    }
    return content.computeIfAbsent(language, wanted -> PageView.content(wanted, snapshot));
  }
}
