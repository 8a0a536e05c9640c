package io.acrcredential.operator.configmap.parser.repair;

import java.util.function.BiFunction;

/**
 * The slips of the pen that are read as meant: the whole list, in the order in which they are
 * mended. Those of the text come first and give YAML; the others are forgiven while its tree is
 * read. A line stays a line, so that whoever is told of one finds it.
 */
public enum Repair {
  LINE_ENDS("line ends are those of another system", CharacterRepairs::lineEnds),
  INVISIBLE(
      "characters that can't be seen are taken out or made blanks", CharacterRepairs::invisible),
  FULL_WIDTH("full-width punctuation is meant as : , # - and so on", CharacterRepairs::fullWidth),
  SMART_QUOTES("curly quotes are meant as \"", CharacterRepairs::smartQuotes),
  TABS("tabs are meant as blanks", LineRepairs::tabs),
  WRAPPED("the text is wrapped once more", LineRepairs::unwrap),
  UNCLOSED_QUOTE("a quote ends with its line", LineRepairs::closeQuotes),
  SLASH_COMMENT("what follows // is a comment; write # for //", LineRepairs::comments),
  BLANKS("a blank follows a dash and the colon of a key", LineRepairs::blanks),
  ITEMS("each item begins with a dash", LayoutRepairs::items),
  SEVERAL_QUOTED("several values with commas between are one list", ListRepairs::lists),
  TRAILING_COMMA("a line ends without a comma", LineRepairs::trailingCommas),
  INDENTATION("the keys of an item stand below each other", LayoutRepairs::indent),
  KEYS("keys are spelled as the docs spell them"),
  DUPLICATE("a key is written once"),
  LIST("a list of values is one text with commas between"),
  SEPARATORS("values are separated by commas, without quotes around each"),
  SEVERAL_IDS("several instance ids are several items"),
  SWITCH("enable is true or false"),
  DURATION("a duration is written like 15m or 1h30m");

  private final String meaning;
  private final BiFunction<String, KeySchema, String> mend;

  Repair(String meaning) {
    this(meaning, (text, schema) -> text);
  }

  Repair(String meaning, BiFunction<String, KeySchema, String> mend) {
    this.meaning = meaning;
    this.mend = mend;
  }

  /** What was meant, in half a sentence. */
  public String meaning() {
    return meaning;
  }

  /** The same text where there is nothing to mend. */
  public String mend(String text, KeySchema schema) {
    return mend.apply(text, schema);
  }
}
