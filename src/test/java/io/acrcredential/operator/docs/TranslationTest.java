// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A page and its Chinese translation say the same in the same order. */
class TranslationTest {

  private static final Path ENGLISH = Path.of("docs");
  private static final Path CHINESE = Path.of("docs", "zh");

  /** The Chinese page is a summary, because {@code ./bench} writes the English one. */
  private static final Set<String> SUMMARIES = Set.of("performance.md");

  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```(\\w*)\\n(.*?)^ *```$");
  private static final Pattern HEADING = Pattern.compile("(?m)^(#{1,6}) ");
  private static final Pattern COMMENT = Pattern.compile("(?m)(^| +)# .*$");
  private static final Set<String> UNTRANSLATED = Set.of("sh", "yaml", "json");

  private record Block(String language, String text) {}

  static List<String> pages() throws IOException {
    try (Stream<Path> files = Files.list(CHINESE)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  static List<String> completePages() throws IOException {
    return pages().stream().filter(page -> !SUMMARIES.contains(page)).toList();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linkEachOther(String page) throws IOException {
    assertThat(Files.readString(ENGLISH.resolve(page))).contains("\n[中文](zh/" + page + ")\n");
    assertThat(Files.readString(CHINESE.resolve(page))).contains("\n[English](../" + page + ")\n");
  }

  @ParameterizedTest
  @MethodSource("completePages")
  void haveTheSameHeadings(String page) throws IOException {
    assertThat(headings(CHINESE.resolve(page))).isEqualTo(headings(ENGLISH.resolve(page)));
  }

  @ParameterizedTest
  @MethodSource("completePages")
  void haveTheSameBlocks(String page) throws IOException {
    // given
    List<Block> english = blocks(ENGLISH.resolve(page));
    List<Block> chinese = blocks(CHINESE.resolve(page));

    // then
    assertThat(chinese).extracting(Block::language).isEqualTo(languages(english));
    assertThat(untranslated(chinese)).isEqualTo(untranslated(english));
  }

  private static List<Integer> headings(Path page) throws IOException {
    return HEADING
        .matcher(BLOCK.matcher(Files.readString(page)).replaceAll(""))
        .results()
        .map(heading -> heading.group(1).length())
        .toList();
  }

  private static List<Block> blocks(Path page) throws IOException {
    return BLOCK
        .matcher(Files.readString(page))
        .results()
        .map(block -> new Block(block.group(1), block.group(2).stripIndent()))
        .toList();
  }

  private static List<String> languages(List<Block> blocks) {
    return blocks.stream().map(Block::language).toList();
  }

  /** Comments and placeholders such as {@code <issuer URL>} are translated. */
  private static List<String> untranslated(List<Block> blocks) {
    return blocks.stream()
        .filter(block -> UNTRANSLATED.contains(block.language()))
        .map(block -> COMMENT.matcher(block.text()).replaceAll("").replaceAll("<[^>]*>", "<>"))
        .toList();
  }
}
