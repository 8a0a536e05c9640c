package io.acrcredential.operator.legacy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Repairs of how lines stand to each other: a flat list of items is all that can be meant. */
final class Layout {

  private Layout() {}

  /** Keys before the first dash are an item; without any dash, instanceId begins the next one. */
  static String items(String text, Schema schema) {
    if (!schema.knows("instanceId")) {
      return text;
    }
    List<Line> lines = Line.of(text, schema);
    if (text.strip().startsWith("{")) {
      int from = text.indexOf('{');
      int to = text.stripTrailing().length();
      return text.substring(0, from)
          + "["
          + text.substring(from, to)
          + closing(lines)
          + text.substring(to);
    }
    boolean dashes =
        lines.stream().anyMatch(l -> l.dashes() > 0 && (l.role() == Line.Role.KEY || empty(l)));
    boolean begun = false;
    List<String> mended = new ArrayList<>();
    for (Line line : lines) {
      boolean begins =
          line.role() == Line.Role.KEY
              && line.dashes() == 0
              && (!begun || !dashes && line.key().equals("instanceId"));
      boolean item = line.role() == Line.Role.KEY || line.role() == Line.Role.DASH;
      begun |= item;
      boolean whole =
          line.role() == Line.Role.KEY
              && (begins || line.dashes() > 0)
              && !continued(lines, mended.size())
              && LineRepairs.holdsKey(line, schema);
      if (whole) {
        mended.add(
            "- {"
                + line.text().substring(line.start(), line.end())
                + "}"
                + line.text().substring(line.end()));
      } else {
        mended.add(begins ? "- " + line.text().strip() : line.text());
      }
    }
    return String.join("\n", mended);
  }

  private static String closing(List<Line> lines) {
    Line last = lines.get(lines.size() - 1);
    return last.bare().indexOf(Line.COMMENT) >= 0 ? "\n]" : "]";
  }

  /** Dashes at the margin, keys two blanks deep, whatever belongs to a key deeper. */
  static String indent(String text, Schema schema) {
    List<Line> lines = Line.of(text, schema);
    boolean list = schema.knows("instanceId");
    int in = list ? 2 : 0;
    List<String> mended = new ArrayList<>();
    Line above = null; // the key that a list or a text may follow
    int shift = 0;
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      String rest = line.text().substring(Math.min(line.start(), line.text().length()));
      switch (line.role()) {
        case NOTHING -> mended.add(line.text());
        case KEY -> {
          boolean dash = list && line.dashes() > 0;
          mended.add((dash ? "- " : " ".repeat(in)) + rest);
          shift = in + 2 - line.indent();
          above = line;
        }
        case DASH -> {
          boolean element =
              above != null
                  && Set.of("domains", "repositoryPrefixes").contains(above.key())
                  && above.content().isEmpty()
                  && !rest.startsWith("{")
                  && !(empty(line) && keyNext(lines, i));
          mended.add((element ? " ".repeat(in + 2) : "") + ("- " + rest).stripTrailing());
          if (!element) {
            above = null;
          }
          shift = in + 4 - line.indent();
        }
        default ->
            mended.add(
                above == null
                        || line.text().isBlank()
                        || line.role() == Line.Role.OTHER && line.indent() <= above.indent()
                    ? line.text()
                    : " ".repeat(Math.max(in + 1, line.indent() + shift))
                        + line.text().substring(line.indent()));
      }
    }
    return String.join("\n", mended);
  }

  private static boolean empty(Line line) {
    return line.role() == Line.Role.DASH && line.end() <= line.start();
  }

  private static boolean continued(List<Line> lines, int at) {
    return at + 1 < lines.size()
        && lines.get(at + 1).role() != Line.Role.NOTHING
        && lines.get(at + 1).dashes() == 0;
  }

  private static boolean keyNext(List<Line> lines, int from) {
    for (int i = from + 1; i < lines.size(); i++) {
      if (lines.get(i).role() != Line.Role.NOTHING) {
        return lines.get(i).role() == Line.Role.KEY && lines.get(i).dashes() == 0;
      }
    }
    return false;
  }
}
