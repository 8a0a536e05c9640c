// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.testkit.DocPage;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages of the documentation: their links, their languages, and what they say of the code. */
class DocsTest {

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^ *```.*?^ *```$");
  private static final Pattern GENERATED = Pattern.compile("(?s)<!-- (bench:\\w+) -->.*?<!-- /\\1");
  private static final String CJK = "[\\u3400-\\u9fff]";
  private static final Pattern HALF_WIDTH =
      Pattern.compile(CJK + "[*]*[,;:?!()]|[,;?!(][*]*" + CJK + "|" + CJK + "[.](\\s|$)");

  /** The command and what follows it. */
  private static final Pattern CREATE_SECRET = Pattern.compile("(?s)create secret generic.{0,250}");

  private static final Set<Path> INDEXES =
      Set.of(
          Path.of("docs/README.md"), Path.of("docs/zh/README.md"), Path.of("docs/adr/README.md"));

  static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String folder : List.of(".", "docs", "docs/adr", "docs/zh", "helm")) {
      try (Stream<Path> files = Files.list(Path.of(folder))) {
        files
            .map(Path::normalize)
            .filter(file -> file.toString().endsWith(".md"))
            .forEach(pages::add);
      }
    }
    return pages;
  }

  static List<Path> chinesePages() throws IOException {
    return pages().stream().filter(DocsTest::isChinese).toList();
  }

  private static boolean isChinese(Path page) {
    return page.startsWith("docs/zh") || page.endsWith("README.zh.md");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "article.md",
        "switch.md",
        "migrate.md",
        "install.md",
        "uninstall.md",
        "gitops.md",
        "olm.md",
        "policy.md",
        "troubleshooting.md",
        "runbook.md"
      })
  void bothLanguagesHaveTheSameCommands(String page) {
    // when
    List<String> commands = DocPage.read(page).commands();

    // then
    assertThat(commands).isNotEmpty();
    assertThat(DocPage.read("zh/" + page).commands()).isEqualTo(commands);
  }

  @Test
  void bothReadmesHaveTheSameCommands() {
    assertThat(DocPage.read(Path.of("README.zh.md")).commands())
        .isEqualTo(DocPage.read(Path.of("README.md")).commands());
  }

  /** A key on the command line stays in the history of the shell, and is visible to others. */
  @Test
  void keysAreReadFromFilesEverywhere() throws IOException {
    // given
    List<Path> files = new ArrayList<>();
    for (String folder : List.of("docs", "examples", "helm", "src/main")) {
      try (Stream<Path> found = Files.walk(Path.of(folder))) {
        found
            .filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".png"))
            .forEach(files::add);
      }
    }
    files.addAll(List.of(Path.of("README.md"), Path.of("README.zh.md")));

    // then
    int commands = 0;
    for (Path file : files) {
      String text = Files.readString(file);
      assertThat(text).as("%s", file).doesNotContain("--from-literal");
      for (MatchResult command : CREATE_SECRET.matcher(text).results().toList()) {
        assertThat(command.group()).as("%s", file).contains("--from-file=");
        commands++;
      }
    }
    assertThat(commands).isGreaterThan(10);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkLeadsSomewhere(Path page) throws IOException {
    for (String link : links(page)) {
      String[] parts = link.split("#", 2);
      Path target = parts[0].isEmpty() ? page : resolve(page, parts[0]);
      assertThat(target).as("%s links %s", page, link).exists();
      if (parts.length == 2 && target.toString().endsWith(".md")) {
        assertThat(anchors(target)).as("%s links %s", page, link).contains(parts[1]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/README.md", "docs/zh/README.md"})
  void theIndexReachesEveryPage(String index) throws IOException {
    // given
    Set<Path> expected =
        pages().stream()
            .filter(page -> isChinese(page) == isChinese(Path.of(index)) || !isTranslated(page))
            .collect(Collectors.toCollection(TreeSet::new));

    // when
    Set<Path> reached = new TreeSet<>();
    Deque<Path> open = new ArrayDeque<>(List.of(Path.of(index)));
    while (!open.isEmpty()) {
      Path page = open.pop();
      if (reached.add(page) && INDEXES.contains(page)) {
        links(page).stream()
            .map(link -> link.split("#", 2)[0])
            .filter(link -> link.endsWith(".md"))
            .map(link -> resolve(page, link))
            .forEach(open::add);
      }
    }

    // then
    assertThat(reached).containsAll(expected);
  }

  /** Whether an English page has a Chinese counterpart. */
  private static boolean isTranslated(Path page) {
    return page.equals(Path.of("README.md"))
        || page.startsWith("docs") && Files.exists(Path.of("docs/zh").resolve(page.getFileName()));
  }

  @ParameterizedTest
  @MethodSource("chinesePages")
  void everyChinesePageIsATranslation(Path page) {
    Path english =
        page.endsWith("README.zh.md")
            ? Path.of("README.md")
            : Path.of("docs").resolve(page.getFileName());
    assertThat(english).exists();
  }

  @ParameterizedTest
  @MethodSource("chinesePages")
  void chineseTextHasFullWidthPunctuation(Path page) throws IOException {
    // links, inline code and indented blocks are not prose
    String prose =
        prose(page)
            .replaceAll("(?m)^    .*$", "")
            .replaceAll("`[^`\n]*`", "`")
            .replaceAll("\\]\\([^)]*\\)", "]");
    assertThat(HALF_WIDTH.matcher(prose).results().map(found -> around(prose, found)).toList())
        .as("%s", page)
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linesAreAtMost120CharactersLong(Path page) throws IOException {
    // a row of a table cannot be wrapped, nor can a link
    assertThat(prose(page).lines())
        .as("%s", page)
        .filteredOn(line -> line.length() > 120 && !line.stripLeading().matches("[|(]?\\S+|[|].*"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/policy.md", "docs/zh/policy.md"})
  void everyReasonIsDocumented(String page) throws IOException {
    assertThat(firstColumn(Files.readString(Path.of(page))))
        .contains(Stream.of(Reason.values()).map(Enum::name).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/architecture.md", "docs/zh/architecture.md"})
  void packagesAreThoseOfTheArchitectureTest(String page) throws IOException {
    // given
    Map<String, Set<String>> held = new TreeMap<>();
    for (Method method : architectureTest().getDeclaredMethods()) {
      CsvSource table = method.getAnnotation(CsvSource.class);
      if (table != null) {
        for (String row : table.value()) {
          String[] columns = row.split(",");
          held.put(columns[0].strip(), words(columns[1].replace("root", "")));
        }
      }
    }
    held.get("text").remove("text");
    String text = Files.readString(Path.of(page));

    // when
    Map<String, Set<String>> documented = new TreeMap<>();
    text.substring(text.indexOf("<!-- packages"), text.indexOf("<!-- /packages"))
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.split("\\|"))
        .forEach(
            columns ->
                documented.put(
                    columns[1].strip().replace("`", ""), words(columns[3].replace("`", ""))));

    // then
    assertThat(documented).isEqualTo(held);
  }

  private static Class<?> architectureTest() {
    try {
      return Class.forName("io.acrcredential.operator.ArchitectureTest");
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static Set<String> words(String text) {
    return Arrays.stream(text.strip().split("\\s+"))
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> firstColumn(String text) {
    return Pattern.compile("(?m)^\\| `(\\w+)` \\|")
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toSet());
  }

  private static String around(String text, MatchResult found) {
    return text.substring(
        Math.max(0, found.start() - 10), Math.min(text.length(), found.end() + 10));
  }

  /** A page without its code blocks and without the tables that {@code ./bench} writes. */
  private static String prose(Path page) throws IOException {
    String text = GENERATED.matcher(Files.readString(page)).replaceAll("");
    return CODE_BLOCK.matcher(text).replaceAll("");
  }

  /** Links to files of the repository. */
  private static List<String> links(Path page) throws IOException {
    return LINK.matcher(prose(page))
        .results()
        .map(found -> found.group(1))
        .filter(link -> !link.matches("(https?|mailto):.*"))
        .toList();
  }

  private static Path resolve(Path page, String link) {
    Path root = Path.of("").toAbsolutePath();
    return root.relativize(root.resolve(page).getParent().resolve(link).normalize());
  }

  /** Of each heading, the anchor that GitHub makes. */
  private static Set<String> anchors(Path page) throws IOException {
    return HEADING
        .matcher(prose(page))
        .results()
        .map(found -> found.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }
}
