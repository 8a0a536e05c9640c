// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static io.acrcredential.operator.statuspage.Statuses.fresh;
import static io.acrcredential.operator.statuspage.Statuses.policy;
import static io.acrcredential.operator.statuspage.Statuses.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.explain.finding.Language;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatestPageTest {

  private Snapshot current = snapshot(List.of(policy("a", fresh("cri-a", 30))));
  private long nanoTime;
  private int collected;
  private final LatestPage page =
      new LatestPage(
          () -> {
            collected++;
            return current;
          },
          () -> nanoTime);

  @Test
  void collectsOnceASecondForAll() {
    // when
    String first = page.content(Language.ENGLISH);
    nanoTime += LatestPage.MAX_AGE.toNanos() - 1;
    page.document(Language.ENGLISH);
    page.content(Language.CHINESE);

    // then
    assertThat(collected).isEqualTo(1);

    // when
    nanoTime++;

    // then
    assertThat(page.content(Language.ENGLISH)).as("not built again").isSameAs(first);
    assertThat(collected).isEqualTo(2);
  }

  @Test
  void showsAChange() {
    // given
    page.content(Language.ENGLISH);

    // when
    current = snapshot(List.of(policy("other", fresh("cri-a", 30))));
    nanoTime += LatestPage.MAX_AGE.toNanos();

    // then
    assertThat(page.content(Language.ENGLISH)).contains("policy-other");
    assertThat(page.content(Language.CHINESE)).contains("policy-other");
  }
}
