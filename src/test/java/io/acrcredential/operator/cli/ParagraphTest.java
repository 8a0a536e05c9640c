// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ParagraphTest {

  @Test
  void breaksBetweenWords() {
    List<String> lines = lines("- ", "  ", "word ".repeat(40).strip());
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).startsWith("- word word").hasSize(2 + 19 * 5 + 4 - 5);
    assertThat(lines.get(1)).startsWith("  word").doesNotEndWith(" ");
    assertThat(String.join(" ", lines).split("word", -1)).hasSize(41);
  }

  @Test
  void keepsLongWordsWhole() {
    String url = "https://" + "x".repeat(120);
    assertThat(lines("  ", "  ", "see " + url)).containsExactly("  see", "  " + url);
  }

  @Test
  void breaksChineseAnywhereButBeforePunctuation() {
    // given 49 characters of two columns and then a full stop
    String text = "拉".repeat(50) + "。" + "取".repeat(3);

    // then the full stop stays with the character before it
    assertThat(lines("", "", text)).containsExactly("拉".repeat(49), "拉。取取取");
  }

  @Test
  void keepsAnOpeningBracketWithWhatFollows() {
    assertThat(lines("", "", "拉".repeat(49) + "（取）")).containsExactly("拉".repeat(49), "（取）");
  }

  private static List<String> lines(String first, String rest, String text) {
    return Paragraph.of(first, rest, text).lines().toList();
  }
}
