// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

  @Test
  void writesColumnsAndNotesAsMarkdown() {
    // given
    Report report = new Report("compare");
    report.columns(List.of("what", "old", "new"));
    report.row(List.of("requests", "10", "5"));
    report.note("old: HEAD~");

    // when
    String markdown = report.markdown("./bench compare HEAD~ HEAD", "2 cores");

    // then
    assertThat(markdown)
        .isEqualTo(
            """
            `./bench compare HEAD~ HEAD` \s
            2 cores

            | what | old | new |
            |---|---|---|
            | requests | 10 | 5 |

            - old: HEAD~
            """);
  }
}
