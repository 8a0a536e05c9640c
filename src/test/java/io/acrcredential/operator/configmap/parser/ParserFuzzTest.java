// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.acrcredential.operator.configmap.parser.Mutations.Mutation;
import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/** Whatever stands in the ConfigMap: an answer comes, soon, and it quotes no AccessKey. */
class ParserFuzzTest {

  /** Against hangs only: how fast it is, a benchmark tells. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Cut anywhere, a CANARY stays whole in it. */
  private static final String ID = "LTAI5tCANARY1CANARY1CANARY1";

  private static final String SECRET = "Zq7CANARY2CANARY2CANARY2";

  private static final List<String> KEYS =
      List.of(
          "acr-registry-info",
          "service-account",
          "watch-namespace",
          "expiring-threshold",
          "notify-email",
          "rrsa",
          "webhook-configuration");

  private static final List<String> TOKENS =
      List.of(
          "- ",
          "-",
          ": ",
          ":",
          ", ",
          ",",
          "\n",
          "\n  ",
          "\n    ",
          "\n\t",
          "\t",
          " ",
          "\"",
          "'",
          "\u201C",
          "\u201D",
          "\u2018",
          "\uFF02",
          "\uFF1A",
          "\uFF0C",
          "\u3001",
          "\u3000",
          "\u00A0",
          "\u200B",
          "\uFEFF",
          "\r\n",
          "\r",
          "\u2028",
          "\u0085",
          "//",
          "# ",
          "{",
          "}",
          "[",
          "]",
          "|",
          "|\n",
          ">-\n",
          "&a ",
          "*a",
          "!!str ",
          "%YAML 1.2\n",
          "---\n",
          "...\n",
          "? ",
          "\\",
          "~",
          "null",
          "true",
          "0x1F",
          "instanceId",
          "regionId",
          "domains",
          "assumeRoleARN",
          "customAccessKey",
          "customAccessKeySecret",
          "CustomAccesskey",
          "cri-abc",
          "cn-hangzhou",
          "a.example.cn",
          "acs:ram::2:role/b",
          "\uD83D",
          "\uDE00",
          "\uD83D\uDE00",
          "\0",
          "\u0007");

  @Property(tries = 2000)
  void anyText(@ForAll("texts") String text, @ForAll("keys") String key) {
    answers(Map.of(key, text));
  }

  @Property(tries = 500)
  void anyKey(@ForAll String key, @ForAll("texts") String text) {
    answers(Map.of(key, text, "acr-registry-info", item("customAccessKey", "  ")));
  }

  @Property(tries = 1000)
  void anyBytes(@ForAll byte[] bytes) {
    answers(Map.of("acr-registry-info", new String(bytes, StandardCharsets.UTF_8)));
    answers(Map.of("acr-registry-info", new String(bytes, StandardCharsets.ISO_8859_1)));
  }

  @Property(tries = 4000)
  void anySoupOfTokens(@ForAll("soups") String soup) {
    answers(Map.of("acr-registry-info", soup));
    answers(Map.of("rrsa", soup, "watch-namespace", soup));
  }

  @Property(tries = 2000)
  void soupAroundAKey(@ForAll("soups") String before, @ForAll("soups") String after) {
    answers(
        Map.of(
            "acr-registry-info",
            before + "customAccessKey: " + ID + after + "customAccessKeySecret: " + SECRET));
  }

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void deepNesting(@ForAll("openings") String opening, @ForAll @IntRange(min = 10) int depth) {
    int times = depth % 50_000;
    answers(Map.of("acr-registry-info", opening.repeat(times) + "\n"));
    answers(
        Map.of("acr-registry-info", item("customAccessKey", "  ") + "- " + opening.repeat(times)));
  }

  @Property(tries = 15, shrinking = ShrinkingMode.OFF)
  void aWholeMebibyteOfOneThing(@ForAll("tokens") String one, @ForAll("tokens") String other) {
    String pair = one + other;
    String text = pair.repeat((1 << 20) / pair.length());
    answers(Map.of("acr-registry-info", text));
    String withItem = item("customAccessKey", "  ");
    answers(
        Map.of(
            "acr-registry-info",
            withItem + text.substring(0, text.length() - 2 * withItem.length()) + "\n" + withItem));
  }

  /** A parser that reads by the buffer may cut a character beyond the BMP in two. */
  @Example
  void anEmojiAtAnyPlace() {
    for (int at = 0; at < 2200; at++) {
      String text = "# " + "x".repeat(at) + "\uD83D\uDE00\n- instanceId: cri-abc\n";
      assertThat(new AcrConfigurationParser().parse(Map.of("acr-registry-info", text)))
          .as("after %d characters", at)
          .isInstanceOf(Understood.class);
    }
  }

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void manyItems(@ForAll("tokens") String token, @ForAll @IntRange(min = 1, max = 2000) int items) {
    answers(
        Map.of(
            "acr-registry-info",
            ("- instanceId: \"cri-abc\"" + token + "\n    regionId: x\n").repeat(items)));
  }

  /** An AccessKey whose field is spelt as people spell it is shown no more than any other. */
  @Property(tries = 4000)
  void keysInOddSpellings(
      @ForAll("spellings") String id,
      @ForAll("spellings") String secret,
      @ForAll("quotings") String quoting,
      @ForAll("colons") String colon,
      @ForAll("indents") String indent,
      @ForAll("breakages") String breakage) {
    // Behind a dash it is another item's, behind a comment's sign nobody's: then what stands beside
    // it is no secret by its key.
    Assume.that(!id.matches("(?s)[-/#].*") || !breakage.contains("CANARY"));
    String text =
        "- instanceId: cri-one\n- instanceId: \"cri-abc\""
            + breakage
            + "\n"
            + indent
            + id
            + colon
            + quoting.formatted(ID)
            + "\n"
            + indent
            + secret.replaceFirst("(?i)key$", "KeySecret")
            + colon
            + quoting.formatted(SECRET)
            + "\n";
    answers(Map.of("acr-registry-info", text));
  }

  /** Two kinds of harm: legible mistakes, then illegible ones. */
  @Property(tries = 4000)
  void mistakesAndThenDamage(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Mutation mutation = Mutations.of(seed, withKeys());
    StringBuilder text = new StringBuilder(mutation.text());
    for (int i = random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(text.length());
      int to = Math.min(text.length(), at + random.nextInt(4));
      text.replace(at, to, TOKENS.get(random.nextInt(TOKENS.size())));
    }
    answers(Map.of("acr-registry-info", text.toString()));
  }

  private static void answers(Map<String, String> data) {
    ParseResult reading =
        assertTimeoutPreemptively(PATIENCE, () -> new AcrConfigurationParser().parse(data));
    assertThat(reading.findings())
        .as(() -> shortened(data))
        .noneMatch(f -> f.message().toUpperCase(Locale.ROOT).contains("CANARY"))
        .allMatch(f -> f.cause() != null && !f.cause().isEmpty() && !f.message().isEmpty());
    if (reading instanceof Understood understood) {
      assertThat(understood.spec().registries()).isNotEmpty();
    } else {
      assertThat(reading.findings()).isNotEmpty();
    }
  }

  private static String shortened(Map<String, String> data) {
    String text = data.toString();
    return text.length() > 2000 ? text.substring(0, 2000) + "…" : text;
  }

  private static String item(String key, String indent) {
    return "- instanceId: \"\"\n"
        + indent
        + key
        + ": "
        + ID
        + "\n"
        + indent
        + key
        + "Secret: "
        + SECRET
        + "\n";
  }

  private static String withKeys() {
    return item("customAccessKey", "  ")
        + "- instanceId: \"cri-abc\"\n  regionId: \"cn-beijing\"\n"
        + "  domains: \"a.example.cn,b.example.cn\"\n  customAccessKey: \""
        + ID
        + "\"\n  customAccessKeySecret: \""
        + SECRET
        + "\"\n";
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().all().ofMaxLength(400);
  }

  @Provide
  Arbitrary<String> keys() {
    return Arbitraries.of(KEYS);
  }

  @Provide
  Arbitrary<String> tokens() {
    return Arbitraries.of(TOKENS);
  }

  @Provide
  Arbitrary<String> soups() {
    return tokens().list().ofMaxSize(40).map(tokens -> String.join("", tokens));
  }

  @Provide
  Arbitrary<String> openings() {
    return Arbitraries.of(
        "[",
        "{",
        "{a: ",
        "[{",
        "- ",
        "-",
        "? ",
        "a: ",
        "(",
        "\"",
        "'",
        "\u201C",
        "// ",
        "!!a ",
        "\n ",
        "\n\t",
        "{\"a\":[");
  }

  @Provide
  Arbitrary<String> spellings() {
    return Arbitraries.of(
        "customAccessKey",
        "CustomAccesskey",
        "CUSTOMACCESSKEY",
        "custom_access_key",
        "custom-access-key",
        "custom access key",
        "customAcessKey",
        "costumAccesKey",
        "accessKey",
        "AccessKey ID",
        "access-key",
        "ak",
        "AK",
        "\"customAccessKey\"",
        "\u201CcustomAccessKey\u201D",
        "custom\u200BAccess\u200BKey",
        "\u2060customAccessKey",
        "\uFF43\uFF55\uFF53\uFF54\uFF4F\uFF4DAccessKey",
        "\u0441ustomAccessKey", // a Cyrillic letter
        "custom.accessKey",
        "// customAccessKey",
        "# customAccessKey",
        "? customAccessKey",
        "[customAccessKey]",
        "{customAccessKey",
        "key",
        "- customAccessKey",
        "-customAccessKey",
        "domains: customAccessKey",
        "credentials:\n      customAccessKey",
        "\u5BC6\u94A5");
  }

  @Provide
  Arbitrary<String> quotings() {
    return Arbitraries.of(
        "%s",
        "\"%s\"",
        "'%s'",
        "\"%s",
        "%s\"",
        "'%s",
        "\u201C%s\u201D",
        "\u201C%s",
        "[%s]",
        "{a: %s}",
        "{%s: a}",
        "\"%s\",\"%s\"".replaceFirst(",\"%s\"", ",\"b\""),
        "&a %s",
        "*%s",
        "!!%s x",
        "!%s",
        "|\n    %s",
        "\n    %s",
        "%s // comment",
        "// %s",
        "%%%s",
        "@%s",
        "%s: x",
        "\uFF1A%s");
  }

  @Provide
  Arbitrary<String> colons() {
    return Arbitraries.of(": ", ":", "\uFF1A", " : ", " = ", " ", "\uFF1A ", ":\u00A0", "\t", "");
  }

  @Provide
  Arbitrary<String> indents() {
    return Arbitraries.of("  ", " ", "", "    ", "\t", "  \t", "\u3000", "\u00A0\u00A0");
  }

  @Provide
  Arbitrary<String> breakages() {
    return Combinators.combine(
            Arbitraries.of("", ",", " // x", "\"", "'", ":", " {", " [", "}", "\u201D", "\t"),
            Arbitraries.of(
                "",
                "\n  instanceId: \"cri-abd\"",
                "\n  domains: \"a\",\"b\"",
                "\n  ]",
                "\n---",
                "\n- instanceId: \"cri-abc",
                "\n  assumeRoleARN: " + ID,
                "\n  domains: " + SECRET,
                "\n  regionId: " + SECRET))
        .as((a, b) -> a + b);
  }
}
