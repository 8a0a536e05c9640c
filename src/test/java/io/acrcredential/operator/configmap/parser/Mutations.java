// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Mistakes of people who write YAML, drawn at random: a valid text is written again with one to
 * three of them, so that a human still reads what was meant. Each mistake has parts of a line to
 * itself, so that two of them never become ambiguous. The same seed gives the same text.
 */
public final class Mutations {

  /**
   * A text with mistakes.
   *
   * @param meant the valid text that it was made of
   */
  public record Mutation(long seed, String meant, String text, List<String> mistakes) {

    /** Whether a parser reads it as it is meant, so that there is nothing to forgive. */
    public boolean isPlainYaml() {
      return PlainYaml.registries(text).equals(PlainYaml.registries(meant));
    }

    @Override
    public String toString() {
      return "seed " + seed + ", mistakes " + mistakes + "\n" + text + "\nmeant:\n" + meant;
    }
  }

  /** What a mistake touches. */
  private enum Part {
    INDENT,
    DASH,
    KEY,
    COLON,
    VALUE,
    COMMA,
    COMMENT,
    LINES,
    WHOLE
  }

  private interface Writer {
    /** False where there is no place for the mistake. */
    boolean write(Page page, LooseYamlLine line, SplittableRandom random);
  }

  private enum Mistake {
    // Those that change which lines there are come first.
    DUPLICATE(EnumSet.of(Part.LINES), Mutations::duplicate),
    // Without dashes, a first key that is there twice may begin two items.
    SINGLE_MAP(EnumSet.of(Part.DASH, Part.LINES), Mutations::singleMap),
    ONE_LINE(
        EnumSet.of(
            Part.INDENT, Part.DASH, Part.COMMA, Part.COMMENT, Part.LINES, Part.WHOLE, Part.VALUE),
        Mutations::oneLine),
    DOMAINS_AS_LINES(
        EnumSet.complementOf(EnumSet.of(Part.KEY, Part.WHOLE)), Mutations::domainsAsLines),
    DEEPER(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, "    ")),
    MUCH_DEEPER(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, "         ")),
    SHALLOWER(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, " ")),
    NOT_INDENTED(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, "")),
    TAB(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, "\t")),
    BLANK_AND_TAB(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, " \t")),
    NO_BREAK_BLANKS(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, "\u00A0\u00A0")),
    IDEOGRAPHIC_BLANK(EnumSet.of(Part.INDENT), (page, line, random) -> indent(line, "\u3000")),
    STAIRCASE(EnumSet.of(Part.INDENT), Mutations::staircase),
    ITEM_DEEPER(EnumSet.of(Part.INDENT), Mutations::itemDeeper),
    DASH(
        EnumSet.of(Part.DASH),
        (page, line, random) ->
            line.first
                && set(
                    () ->
                        line.dash =
                            pick(
                                random, "-", "-\t", "-\u00A0", "-\u3000", "\u2013 ", "\u2014 ",
                                "\uFF0D "))),
    KEY_CASE(EnumSet.of(Part.KEY), Mutations::keyCase),
    KEY_QUOTES(
        EnumSet.of(Part.KEY),
        (page, line, random) -> set(() -> line.written = quoted(random, line.written))),
    KEY_ZERO_WIDTH(
        EnumSet.of(Part.KEY),
        (page, line, random) ->
            set(
                () ->
                    line.written =
                        pick(random, "\u200B", "\uFEFF", "\u2060").concat(line.written))),
    COLON(
        EnumSet.of(Part.COLON),
        (page, line, random) ->
            set(
                () ->
                    line.colon =
                        pick(
                            random, ":", "\uFF1A", "\uFF1A ", " : ", ":\t", ":\u00A0", ":\u3000"))),
    QUOTES(EnumSet.of(Part.VALUE), Mutations::quotes),
    TWO_SCALARS(EnumSet.of(Part.VALUE), Mutations::twoScalars),
    OTHER_COMMA(EnumSet.of(Part.VALUE), Mutations::otherComma),
    DOMAINS_AS_LIST(EnumSet.of(Part.VALUE, Part.COMMA), Mutations::domainsAsList),
    TRAILING_COMMA(EnumSet.of(Part.COMMA), Mutations::trailingComma),
    COMMENT(
        EnumSet.of(Part.COMMENT),
        (page, line, random) ->
            set(() -> line.comment = pick(random, " ", "   ", "\t") + comment(random))),
    COMMENT_LINE(
        EnumSet.of(Part.LINES),
        (page, line, random) ->
            set(() -> line.above = (line.first ? "" : "  ") + comment(random) + "\n")),
    CRLF(EnumSet.of(Part.WHOLE), (page, line, random) -> set(() -> page.crlf = true)),
    BYTE_ORDER_MARK(EnumSet.of(Part.WHOLE), (page, line, random) -> set(() -> page.bom = true));

    private final Set<Part> parts;
    private final Writer writer;

    Mistake(Set<Part> parts, Writer writer) {
      this.parts = parts;
      this.writer = writer;
    }
  }

  private static final class LooseYamlLine {
    private final int item;
    private final boolean first;
    private final String key;
    private final String bare;
    private String above = "";
    private String outer = "";
    private String indent = "  ";
    private String dash = "- ";
    private String written;
    private String colon = ": ";
    private String value;
    private String comma = "";
    private String comment = "";

    private LooseYamlLine(int item, boolean first, String key, String value) {
      this.item = item;
      this.first = first;
      this.key = key;
      this.written = key;
      this.value = value;
      this.bare = value.replaceAll("^[\"']|[\"']$", "");
    }

    private String text() {
      return above
          + outer
          + (first ? dash : indent)
          + written
          + colon
          + value
          + comma
          + comment
          + "\n";
    }
  }

  private static final class Page {
    private List<LooseYamlLine> lines;
    private boolean oneLine;
    private boolean crlf;
    private boolean bom;

    private boolean several() {
      return lines.stream().anyMatch(line -> line.item > 0);
    }

    private String text(SplittableRandom random) {
      StringBuilder text = new StringBuilder();
      if (oneLine) {
        boolean list = several() || random.nextBoolean();
        text.append(list ? "[" : "");
        for (int i = 0; i < lines.size(); i++) {
          LooseYamlLine line = lines.get(i);
          text.append(!line.first ? ", " : i == 0 ? "{" : "}, {");
          text.append(line.written).append(line.colon).append(line.value);
        }
        text.append(list ? "}]\n" : "}\n");
      } else {
        lines.forEach(line -> text.append(line.text()));
      }
      return (bom ? "\uFEFF" : "")
          + (crlf ? text.toString().replace("\n", "\r\n") : text.toString());
    }
  }

  private static final Pattern LINE = Pattern.compile("(- |  )([A-Za-z]+): ?(.*)");

  private Mutations() {}

  /**
   * Writes the text again.
   *
   * @param meant items of {@code "- key: value"} and {@code " key: value"}, one on a line, without
   *     comments
   */
  public static Mutation of(long seed, String meant) {
    SplittableRandom random = new SplittableRandom(seed);
    Page page = new Page();
    page.lines = lines(meant);
    int wanted = 1 + random.nextInt(3);
    Set<Mistake> chosen = EnumSet.noneOf(Mistake.class);
    Set<Part> taken = EnumSet.noneOf(Part.class);
    for (int tries = 0; tries < 20 && chosen.size() < wanted; tries++) {
      Mistake mistake = pick(random, Mistake.values());
      if (mistake.parts.stream().noneMatch(taken::contains)) {
        chosen.add(mistake);
        taken.addAll(mistake.parts);
      }
    }
    List<String> done = new ArrayList<>();
    for (Mistake mistake : chosen) { // in the enum's order
      if (apply(page, mistake, random)) {
        done.add(mistake.name());
      }
    }
    return done.isEmpty()
        ? of(random.nextLong(), meant)
        : new Mutation(seed, meant, page.text(random), done);
  }

  /** The names of all that there are. */
  static List<String> mistakes() {
    return Arrays.stream(Mistake.values()).map(Mistake::name).toList();
  }

  /** On every line where it can be made, or on one. */
  private static boolean apply(Page page, Mistake mistake, SplittableRandom random) {
    List<LooseYamlLine> lines = new ArrayList<>(page.lines);
    boolean everywhere = random.nextBoolean();
    boolean done = false;
    while (!lines.isEmpty() && (everywhere || !done)) {
      LooseYamlLine line = lines.remove(everywhere ? 0 : random.nextInt(lines.size()));
      done |= mistake.writer.write(page, line, random);
    }
    return done;
  }

  private static List<LooseYamlLine> lines(String meant) {
    List<LooseYamlLine> lines = new ArrayList<>();
    int item = -1;
    for (String text : meant.lines().toList()) {
      Matcher matcher = LINE.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("no line of an item: " + text);
      }
      boolean first = matcher.group(1).equals("- ");
      item += first ? 1 : 0;
      lines.add(new LooseYamlLine(item, first, matcher.group(2), matcher.group(3)));
    }
    return lines;
  }

  private static boolean duplicate(Page page, LooseYamlLine line, SplittableRandom random) {
    LooseYamlLine again = new LooseYamlLine(line.item, false, line.key, line.value);
    page.lines.add(page.lines.indexOf(line) + 1, again);
    return true;
  }

  private static boolean singleMap(Page page, LooseYamlLine line, SplittableRandom random) {
    if (page.several() || !line.first) {
      return false;
    }
    page.lines.forEach(each -> each.indent = "");
    line.dash = "";
    return true;
  }

  private static boolean oneLine(Page page, LooseYamlLine line, SplittableRandom random) {
    page.oneLine = true;
    for (LooseYamlLine each : page.lines) { // commas in it would part it
      each.value = random.nextInt(3) == 0 ? quoted(random, each.bare) : '"' + each.bare + '"';
    }
    return true;
  }

  private static boolean domainsAsLines(Page page, LooseYamlLine line, SplittableRandom random) {
    if (!severalDomains(line)) {
      return false;
    }
    String indent = pick(random, "\n  - ", "\n    - ", "\n      - ");
    String quote = pick(random, "", "\"", "'");
    line.colon = ":";
    line.value = indent + quote + line.bare.replace(",", quote + indent + quote) + quote;
    return true;
  }

  private static boolean indent(LooseYamlLine line, String indent) {
    return !line.first && !line.indent.equals(indent) && set(() -> line.indent = indent);
  }

  private static boolean staircase(Page page, LooseYamlLine line, SplittableRandom random) {
    return !line.first
        && set(() -> line.indent = "  ".repeat(page.lines.indexOf(line) % 4 + 1) + " ");
  }

  private static boolean itemDeeper(Page page, LooseYamlLine line, SplittableRandom random) {
    if (line.item == 0) {
      return false;
    }
    for (LooseYamlLine each : page.lines) {
      if (each.item == line.item) {
        each.outer = "  ";
      }
    }
    return true;
  }

  private static boolean keyCase(Page page, LooseYamlLine line, SplittableRandom random) {
    String before = line.written;
    line.written =
        switch (random.nextInt(3)) {
          case 0 -> before.toLowerCase(Locale.ROOT);
          case 1 -> before.toUpperCase(Locale.ROOT);
          default -> before.substring(0, 1).toUpperCase(Locale.ROOT) + before.substring(1);
        };
    return !line.written.equals(before);
  }

  private static boolean quotes(Page page, LooseYamlLine line, SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      line.value = line.bare;
    } else {
      line.value = quoted(random, line.bare);
    }
    return true;
  }

  private static boolean twoScalars(Page page, LooseYamlLine line, SplittableRandom random) {
    if (!severalDomains(line)) {
      return false;
    }
    String comma = pick(random, ",", ", ", " , ", "\uFF0C", "\u3001");
    String pair = pick(random, "\"\"", "''", "\u201C\u201D", "\uFF02\uFF02");
    line.value =
        pair.charAt(0)
            + line.bare.replace(",", pair.charAt(1) + comma + pair.charAt(0))
            + pair.charAt(1);
    return true;
  }

  private static boolean otherComma(Page page, LooseYamlLine line, SplittableRandom random) {
    return severalDomains(line)
        && set(
            () ->
                line.value = line.value.replace(",", pick(random, "\uFF0C", "\uFF0C ", "\u3001")));
  }

  private static boolean trailingComma(Page page, LooseYamlLine line, SplittableRandom random) {
    boolean bare = line.value.equals(line.bare);
    if (line.value.isEmpty() || (bare && line.key.startsWith("customAccessKey"))) {
      return false; // of a secret nobody knows whether a comma belongs to it
    }
    line.comma = pick(random, ",", ", ", "\uFF0C");
    return true;
  }

  private static boolean domainsAsList(Page page, LooseYamlLine line, SplittableRandom random) {
    String quote = pick(random, "", "\"", "'");
    return severalDomains(line)
        && set(
            () ->
                line.value =
                    "[" + quote + line.bare.replace(",", quote + ", " + quote) + quote + "]");
  }

  private static boolean severalDomains(LooseYamlLine line) {
    return line.key.equals("domains") && line.value.contains(",");
  }

  private static String quoted(SplittableRandom random, String text) {
    String pair =
        pick(
            random,
            "''",
            "\"\"",
            "\u201C\u201D",
            "\u2018\u2019",
            "\uFF02\uFF02",
            "\u201C\"",
            "\"\u201D",
            "\u201D\u201D");
    return pair.charAt(0) + text + pair.charAt(1);
  }

  private static String comment(SplittableRandom random) {
    return pick(
        random,
        "// Enter the AccessKey ID.",
        "// \u4F01\u4E1A\u7248\u5B9E\u4F8B\u3002",
        "// regionId: see the console, or \"ask\"",
        "//",
        "// don't change",
        "# a comment, // of YAML's own");
  }

  private static boolean set(Runnable mistake) {
    mistake.run();
    return true;
  }

  @SafeVarargs
  private static <T> T pick(SplittableRandom random, T... of) {
    return of[random.nextInt(of.length)];
  }
}
