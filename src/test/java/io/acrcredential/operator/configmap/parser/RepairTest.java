// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepairTest {

  private static final String MEANT =
      "- instanceId: cri-a\n  regionId: cn-beijing\n  domains: a.com,b.com\n";

  private final AcrConfigurationParser parser = new AcrConfigurationParser();

  /** Each needs its rule: it is told, and without it something is lost. */
  private static Map.Entry<String, String> mistake(Repair repair) {
    String key = "acr-registry-info";
    String text =
        switch (repair) {
          case LINE_ENDS ->
              "- instanceId: cri-a\u2028  regionId: cn-beijing\u2028  domains: a.com,b.com";
          case INVISIBLE -> MEANT.replace("cri-a", "\u200bcri-a\u00a0");
          case FULL_WIDTH -> MEANT.replace(",", "\uFF0C");
          case SMART_QUOTES -> MEANT.replace("cri-a", "\u201Ccri-a\u201D");
          case TABS -> MEANT.replace("  ", "\t");
          case WRAPPED -> "|\n" + MEANT.indent(2);
          case UNCLOSED_QUOTE -> MEANT.replace("cri-a", "\"cri-a");
          case SLASH_COMMENT -> MEANT.replace("cri-a", "\"cri-a\" // a comment");
          case BLANKS -> MEANT.replace(": ", ":");
          case SEVERAL_QUOTED -> MEANT.replace("a.com,b.com", "\"a.com\",\"b.com\"");
          case TRAILING_COMMA -> MEANT.replace("cn-beijing", "\"cn-beijing\",");
          case ITEMS -> MEANT.replace("- ", "").replace("  ", "");
          case INDENTATION -> MEANT.replace("  regionId", "    regionId");
          case KEYS -> MEANT.replace("instanceId", "Instance-ID");
          case DUPLICATE -> MEANT + "  regionId: cn-beijing\n";
          case LIST -> MEANT.replace("a.com,b.com", "[a.com, b.com]");
          case SEPARATORS -> MEANT.replace("a.com,b.com", "a.com b.com");
          case SEVERAL_IDS -> "- instanceId: cri-a,cri-b\n";
          case SWITCH -> {
            key = "rrsa";
            yield "enable: yes";
          }
          case DURATION -> {
            key = "expiring-threshold";
            yield "15 m";
          }
        };
    return Map.entry(key, text);
  }

  @ParameterizedTest
  @EnumSource
  void readsAsMeant(Repair repair) {
    // given
    Map<String, String> data = Map.ofEntries(mistake(repair));

    // when
    ParseResult reading = parser.parse(data);

    // then
    assertThat(reading).isInstanceOf(Understood.class);
    Understood understood = (Understood) reading;
    switch (repair) {
      case SEVERAL_IDS ->
          assertThat(understood.spec().registries())
              .extracting(r -> r.instanceId())
              .containsExactly("cri-a", "cri-b");
      case SWITCH -> assertThat(understood.findings().get(0).message()).contains("enable: true");
      case DURATION -> assertThat(understood.spec().refreshBefore()).isEqualTo("15m");
      default -> assertThat(understood.spec()).isEqualTo(read(MEANT).spec());
    }
    assertThat(understood.findings())
        .allMatch(f -> f.cause().equals(Finding.REPAIRED))
        .anyMatch(f -> f.message().contains(": " + repair.problem()));
  }

  @ParameterizedTest
  @EnumSource
  void losesInputWithoutRepair(Repair repair) {
    // given
    Map<String, String> data = Map.ofEntries(mistake(repair));
    EnumSet<Repair> without = EnumSet.complementOf(EnumSet.of(repair));
    if (repair == Repair.TABS) {
      without.remove(Repair.INDENTATION); // mends the same line, and is told less well
    }

    // then
    assertThat(ConfigMapParse.of(ConfigMapContent.of(data, null), without).loss())
        .isGreaterThan(
            ConfigMapParse.of(ConfigMapContent.of(data, null), EnumSet.allOf(Repair.class)).loss());
  }

  @Test
  void doesNotGuessAnIdentity() {
    Understood reading =
        read(
            "- instanceId: cri-a\n"
                + "  instanceId: cri-b\n"
                + "- instanceId: cri-c\n"
                + "  domains: \"a\",\"b\"\n");
    assertThat(reading.spec().registries())
        .extracting(r -> r.instanceId())
        .containsExactly("cri-c");
    assertThat(reading.findings())
        .anyMatch(f -> f.message().contains("instanceId is written twice"));
  }

  @Test
  void prefersExactKey() {
    // given
    Map<String, String> both = Map.of("Service-Account", "a", "service-account", "b");
    Map<String, String> neither = Map.of("Service-Account", "a", "service_account", "b");

    // then
    assertThat(((Understood) parser.parse(both)).spec().targets().serviceAccounts().names())
        .containsExactly("b");
    assertThat(parser.parse(neither).findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Finding.UNREADABLE);
              assertThat(finding.message()).contains("both mean service-account");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/configmap.md", "docs/zh/configmap.md"})
  void docsListEveryRepair(String page) throws IOException {
    // given
    String text = Files.readString(Path.of(page));

    // when
    Set<String> named =
        Pattern.compile("(?m)^\\| `([A-Z_]+)` \\|")
            .matcher(text)
            .results()
            .map((MatchResult m) -> m.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    // then
    assertThat(named)
        .isEqualTo(
            Stream.of(Repair.values())
                .map(Enum::name)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  /** With every mistake in turn beside a key: the text is corrected, the key is masked. */
  @ParameterizedTest
  @EnumSource
  void neverShowsAccessKey(Repair repair) {
    for (String name :
        List.of(
            "customAccessKey", "Custom_Access-Key", "custom\u200bAccessKey", "CUSTOMACCESSKEY")) {
      // given
      Map.Entry<String, String> mistake = mistake(repair);
      String text =
          mistake.getValue().endsWith("\n") && mistake.getKey().startsWith("acr")
              ? mistake.getValue() + "  " + name + ": LTAICANARY\n  " + name + "Secret: CANARY2\n"
              : mistake.getValue()
                  + "\n- "
                  + name
                  + ": LTAICANARY\n  "
                  + name
                  + "Secret: CANARY2\n";

      // then
      assertThat(parser.parse(Map.of("acr-registry-info", text)).findings())
          .noneMatch(f -> f.message().contains("CANARY"));
    }
  }

  @Test
  void shortensLongTextToAffectedItems() {
    // given
    String text = MEANT.repeat(40) + MEANT.replace("a.com,b.com", "\"a.com\",\"z.com\"");

    // when
    String message = read(text).findings().get(0).message();

    // then
    assertThat(message).hasSizeLessThanOrEqualTo(900).contains("a.com,z.com").endsWith("…");
  }

  // ---- what is right stays as it is

  @Property(tries = 500)
  void neverRepairsValidYaml(@ForAll("valid") String text) {
    // when
    ConfigMapParse plain =
        ConfigMapParse.of(
            ConfigMapContent.of(Map.of("acr-registry-info", text), null),
            EnumSet.noneOf(Repair.class));

    // then
    assertThat(plain.loss()).as(text).isZero();
    assertThat(read(text)).isEqualTo(plain.result());
    for (Repair repair : Repair.values()) {
      String repaired = repair.apply(text, RegistryFields.SCHEMA);
      assertThat(read(repaired).spec())
          .as("%s%n%s%n%s", repair, text, repaired)
          .isEqualTo(read(text).spec());
    }
  }

  @Provide
  Arbitrary<String> valid() {
    Arbitrary<String> quote = Arbitraries.of("", "\"", "'");
    Arbitrary<String> comment = Arbitraries.of("", " # a, \"b // c\uFF0C", " # it's");
    Arbitrary<String> item =
        Combinators.combine(quote, comment, Arbitraries.integers().between(0, 5))
            .as(
                (q, c, style) ->
                    switch (style) {
                      case 0 ->
                          "- instanceId: "
                              + q
                              + "cri-a"
                              + q
                              + c
                              + "\n  domains: "
                              + q
                              + "a.com, b.com"
                              + q
                              + c
                              + "\n";
                      case 1 ->
                          "-   domains: >-"
                              + c
                              + "\n      a.com,\n      b.com\n    regionId: cn-a\n";
                      case 2 ->
                          "- {instanceId: "
                              + q
                              + "cri-a"
                              + q
                              + ", domains: \"a.com,b.com\"}"
                              + c
                              + "\n";
                      case 3 -> "-" + c + "\n  regionId: " + q + "cn-a" + q + "\n\n  instanceId:\n";
                      case 4 ->
                          "# c\n- customAccessKey: \"LTAI\"\n  customAccessKeySecret: "
                              + q
                              + "a/b="
                              + q
                              + c
                              + "\n";
                      default ->
                          "- \"instanceId\": \"cri-a\"\n  'domains': \"a.com,\n    b.com\""
                              + c
                              + "\n";
                    });
    return item.list().ofMinSize(1).ofMaxSize(4).map(items -> String.join("", items));
  }

  private Understood read(String text) {
    ParseResult reading = parser.parse(Map.of("acr-registry-info", text));
    assertThat(reading).as(text).isInstanceOf(Understood.class);
    return (Understood) reading;
  }
}
