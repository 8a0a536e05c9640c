// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.repair;

import java.util.function.BiFunction;

/**
 * The kinds of malformed input that are repaired, in the order in which they are repaired. Those
 * with a function change the text until it is YAML; the others are applied while the YAML nodes are
 * read. No repair adds or removes lines before the end, so that reported line numbers are those of
 * the user's text.
 */
public enum Repair {
  LINE_ENDS("lines end with other characters than LF; use LF alone", CharacterRepairs::lineEnds),
  INVISIBLE("invisible characters; remove them, or write spaces", CharacterRepairs::invisible),
  FULL_WIDTH(
      "full-width punctuation; write ASCII characters such as : , # -",
      CharacterRepairs::fullWidth),
  SMART_QUOTES("curly quotes; write \"", CharacterRepairs::smartQuotes),
  TABS("tabs; indent with spaces", LineRepairs::tabs),
  WRAPPED(
      "the value is wrapped in quotes or in a second block; write the list itself",
      LineRepairs::unwrap),
  UNCLOSED_QUOTE("a quote is not closed on its line; close it", LineRepairs::closeQuotes),
  SLASH_COMMENT("a comment does not begin with #; write # instead of //", LineRepairs::comments),
  BLANKS("a space is missing after a dash or a colon; write - key: value", LineRepairs::blanks),
  ITEMS("an item does not begin with a dash; write - before its first key", LayoutRepairs::items),
  SEVERAL_QUOTED(
      "several quoted values; write one quoted text with commas between them", ListRepairs::lists),
  TRAILING_COMMA("a comma ends the line; remove it", LineRepairs::trailingCommas),
  INDENTATION("the keys of an item are not aligned; indent them alike", LayoutRepairs::indent),
  KEYS("a key is misspelled; write it as shown below"),
  DUPLICATE("a key is written twice; write it once"),
  LIST("a YAML list of values; write one text with commas between them"),
  SEPARATORS(
      "values are not separated by commas alone; write them with commas, without quotes around each"),
  SEVERAL_IDS("several instance IDs in one item; write one item for each"),
  SWITCH("enable is neither true nor false; write one of them"),
  DURATION("no valid duration; write one such as 15m or 1h30m");

  private final String problem;
  private final BiFunction<String, KeySchema, String> repair;

  Repair(String problem) {
    this(problem, (text, schema) -> text);
  }

  Repair(String problem, BiFunction<String, KeySchema, String> repair) {
    this.problem = problem;
    this.repair = repair;
  }

  /** What is wrong, and what to write instead; part of a sentence. */
  public String problem() {
    return problem;
  }

  /** Returns the text unchanged if there is nothing to repair. */
  public String apply(String text, KeySchema schema) {
    return repair.apply(text, schema);
  }
}
