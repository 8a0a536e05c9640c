// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Output of kubectl with what differs from run to run replaced: times, ages, identifiers, ports and
 * the order of Events. Tables are laid out again as kubectl does, because the width of a column
 * depends on its ages.
 */
public final class KubectlOutput {

  private static final Pattern HEADING = Pattern.compile("\\S+(?: \\S+)*");
  private static final Pattern UUID =
      Pattern.compile("(?i)\\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b");
  private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
  private static final Pattern PORT = Pattern.compile("(?<=127\\.0\\.0\\.1:|localhost:)\\d+");
  private static final Pattern VERSION = Pattern.compile("(?m)(?<=^  Resource Version:).*$");
  private static final Pattern REQUEST = Pattern.compile("(?i)(?<key>refresh.requested.at: +)\\d+");
  private static final String EVENTS = "\nEvents:\n";

  private KubectlOutput() {}

  /**
   * The output of {@code kubectl get} without {@code -o}, or with {@code -o wide}.
   *
   * @param age what every age is replaced with
   */
  public static String table(String output, String age) {
    return layOut(rows(output.lines().toList(), age), 3);
  }

  /** The output of {@code kubectl describe}. */
  public static String description(String output) {
    int events = output.indexOf(EVENTS);
    if (events < 0) {
      return stable(output);
    }
    List<List<String>> rows =
        rows(output.substring(events + EVENTS.length()).stripTrailing().lines().toList(), "7m");
    // The heading and its underline stay on top; kubectl sorts the rest by time.
    rows.subList(2, rows.size()).sort(Comparator.comparing(Object::toString));
    return stable(output.substring(0, events)) + EVENTS + layOut(rows, 2).indent(2);
  }

  private static List<List<String>> rows(List<String> lines, String age) {
    List<MatchResult> headings = headings(lines.get(0));
    List<List<String>> rows = new ArrayList<>();
    for (String line : lines) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < headings.size(); i++) {
        int from = Math.min(headings.get(i).start(), line.length());
        int to = i + 1 < headings.size() ? headings.get(i + 1).start() : line.length();
        String cell = line.substring(from, Math.min(to, line.length())).strip();
        boolean isAge = headings.get(i).group().equalsIgnoreCase("age");
        cells.add(isAge && cell.matches(".*\\d.*") ? age : stable(cell));
      }
      rows.add(cells);
    }
    return rows;
  }

  private static List<MatchResult> headings(String line) {
    return HEADING.matcher(line).results().toList();
  }

  private static String layOut(List<List<String>> rows, int gap) {
    int columns = rows.get(0).size();
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      int column = i;
      widths.add(rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0) + gap);
    }
    return rows.stream()
        .map(
            row -> {
              StringBuilder line = new StringBuilder();
              for (int i = 0; i < columns; i++) {
                String cell = row.get(i);
                line.append(cell).append(" ".repeat(widths.get(i) - cell.length()));
              }
              return line.toString().stripTrailing() + "\n";
            })
        .collect(Collectors.joining());
  }

  private static String stable(String text) {
    String stable = UUID.matcher(text).replaceAll("00000000-0000-4000-8000-000000000000");
    stable = TIME.matcher(stable).replaceAll("2026-01-01T12:00:00Z");
    stable = PORT.matcher(stable).replaceAll("8443");
    stable = REQUEST.matcher(stable).replaceAll("${key}1767268800");
    stable = VERSION.matcher(stable).replaceAll("    1");
    return stable.lines().map(String::stripTrailing).collect(Collectors.joining("\n"));
  }
}
