// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The parser does not guess where a human would have to: it leaves the item out or changes nothing,
 * and says where the mistake is, what it is and how to fix it.
 */
class AmbiguousInputTest {

  private static final String GOOD = "- instanceId: cri-good\n";

  static Stream<Arguments> ambiguousInputs() {
    return Stream.of(
        // text after the good item of line 1, lines that may be named, words that the sentence has
        ambiguous(
            "two roles",
            "- instanceId: cri-abc\n  assumeRoleARN: acs:ram::2:role/b\n  assumeRoleARN:"
                + " acs:ram::3:role/c\n",
            "[234]",
            "assumeRoleARN"),
        ambiguous(
            "two roles in two spellings",
            "- instanceId: cri-abc\n  assumeRoleARN: acs:ram::2:role/b\n  AssumeRoleArn:"
                + " acs:ram::3:role/c\n",
            "[234]",
            "(?i)assumeRoleARN"),
        ambiguous(
            "two regions",
            "- instanceId: cri-abc\n  regionId: cn-hangzhou\n  regionId: cn-beijing\n",
            "[234]",
            "regionId"),
        ambiguous(
            "two regions on one line",
            "- instanceId: cri-abc\n  regionId: \"cn-hangzhou\",\"cn-beijing\"\n",
            "[23]",
            "regionId|comma"),
        ambiguous(
            "two regions as a list",
            "- instanceId: cri-abc\n  regionId: [cn-hangzhou, cn-beijing]\n",
            "[23]",
            "regionId"),
        ambiguous(
            "two roles on one line",
            "- instanceId: cri-abc\n  assumeRoleARN: \"acs:ram::2:role/b\",\"acs:ram::3:role/c\"\n",
            "[23]",
            "assumeRoleARN|comma"),
        ambiguous(
            "a key without its secret",
            "- instanceId: cri-abc\n\tcustomAccessKey: \u201CLTAI5tCANARY\u201D\n",
            "[23]",
            "customAccessKeySecret"),
        ambiguous(
            "a secret without its key",
            "- instanceId: cri-abc\n  CustomAccessKeySecret: Zq7CANARY // of B\n",
            "[23]",
            "customAccessKey"),
        ambiguous(
            "key and secret in different items",
            "- instanceId: cri-abc\n  customAccessKey: LTAI5tCANARY\n"
                + "- instanceId: cri-def\n  customAccessKeySecret: Zq7CANARY\n",
            "[2345]",
            "customAccessKey"),
        ambiguous(
            "two secrets on one line",
            "- instanceId: cri-abc\n  customAccessKey: LTAI5tCANARY\n"
                + "  customAccessKeySecret: \"Zq7CANARY\",\"Zq8CANARY\"\n",
            "[234]",
            "customAccessKeySecret|comma"),
        ambiguous(
            "two secrets",
            "- instanceId: cri-abc\n  customAccessKey: LTAI5tCANARY\n"
                + "  customAccessKeySecret: Zq7CANARY\n  customAccessKeySecret: Zq8CANARY\n",
            "[2345]",
            "customAccessKeySecret|\\*\\*\\*"),
        ambiguous(
            "a key of another name",
            "- instanceId: cri-abc\n  customAccessKeyId: LTAI5tCANARY\n"
                + "  customAccessKeySecret: Zq7CANARY\n",
            "[234]",
            "customAccessKey"),
        ambiguous(
            "a role that is a map",
            "- instanceId: cri-abc\n  assumeRoleARN: {arn: acs:ram::2:role/b}\n",
            "[23]",
            "assumeRoleARN"),
        ambiguous("prose", "please add cri-abc of cn-hangzhou too\n", "[12]", "item|list|line"),
        ambiguous("a second document", "---\n- instanceId: cri-abc\n", "[23]", "document"),
        ambiguous(
            "an anchor and its alias",
            "- &a {instanceId: cri-abc}\n- *a\n",
            "[23]",
            "alias|anchor|\\*"),
        ambiguous(
            "a role that is a list",
            "- instanceId: cri-abc\n  assumeRoleARN:\n    - acs:ram::2:role/b\n",
            "[234]",
            "assumeRoleARN"),
        ambiguous(
            "a role below a key that is unknown",
            "- instanceId: cri-abc\n  credentials: {assumeRole: {roleArn: acs:ram::2:role/b}}\n",
            "[23]",
            "credentials"),
        ambiguous(
            "a role in a list below a key that is unknown",
            "- instanceId: cri-abc\n  more:\n    - assumeRoleARN: acs:ram::2:role/b\n",
            "[234]",
            "more"),
        ambiguous(
            "a role for a key that is unknown",
            "- instanceId: cri-abc\n  who: acs:ram::2:role/b\n",
            "[23]",
            "who"),
        ambiguous(
            "an id for a key that is nearly known",
            "- instnceId: cri-abc\n  regionId: cn-hangzhou\n",
            "[23]",
            "did you mean instanceId"),
        ambiguous(
            "an id for a key that is unknown",
            "- name: cri-abc\n  regionId: cn-hangzhou\n",
            "[23]",
            "name"),
        ambiguous(
            "prose for domains",
            "- instanceId: cri-abc\n  domains: a.example.cn and b.example.cn\n",
            "[23]",
            "domains"),
        ambiguous(
            "a pattern for a domain",
            "- instanceId: cri-abc\n  domains: \"*.cn\"\n",
            "[23]",
            "domains"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ambiguousInputs")
  void doesNotGuess(String name, String text, String lines, String words) {
    // when
    ParseResult reading = read(GOOD + text);

    // then
    if (reading instanceof Understood understood) {
      assertThat(understood.spec().registries()).hasSize(1);
      assertThat(understood.spec().registries().get(0).instanceId()).isEqualTo("cri-good");
      assertThat(understood.spec().registries().get(0).credentials()).isNull();
      assertThat(understood.keys()).isEmpty();
    }
    assertThat(reading.findings())
        .anySatisfy(
            finding ->
                assertThat(finding.message())
                    .contains("acr-registry-info")
                    .containsPattern("\\bline " + lines + "\\b")
                    .containsPattern(words)
                    .containsPattern("write|indent|close|take (it )?out|begin|did you mean"));
    if (reading
        instanceof ParseResult.Unreadable) { // without an item to look for, the column helps
      assertThat(reading.findings())
          .anySatisfy(f -> assertThat(f.message()).containsPattern("line \\d+, column \\d+"));
    }
    assertThat(reading.toString()).doesNotContain("CANARY");
  }

  /** The ACK credential helper reads only the exact key, so the other one must be reported. */
  @Test
  void doesNotMixTwoSpellingsOfKey() {
    // when
    ParseResult reading =
        new AcrConfigurationParser()
            .parse(Map.of("service-account", "builder", "Service-Account", "deployer"));

    // then
    if (reading instanceof Understood understood) {
      assertThat(understood.spec().targets().serviceAccounts().names()).containsExactly("builder");
    }
    assertThat(reading.findings()).anyMatch(f -> f.message().contains("Service-Account"));
  }

  /** A role in a spelling of its own must not be passed over. */
  @Test
  void ignoresNoSpellingOfIdentity() {
    for (String field :
        List.of(
            "AssumeRoleARN: acs:ram::2:role/b",
            "assumerolearn: acs:ram::2:role/b",
            "ASSUMEROLEARN: acs:ram::2:role/b",
            "assume_role_arn: acs:ram::2:role/b",
            "assume-role-arn: acs:ram::2:role/b",
            "assume\u200BRoleARN: acs:ram::2:role/b",
            "\uFF41ssumeRoleARN: acs:ram::2:role/b",
            "\u201CassumeRoleARN\u201D: acs:ram::2:role/b",
            "assumeRoleARN\uFF1A acs:ram::2:role/b",
            "assumeRoleARN:acs:ram::2:role/b",
            "assumeRoleARN : acs:ram::2:role/b",
            "assumeRoleARN\u00A0:\u00A0acs:ram::2:role/b",
            "// assumeRoleARN: acs:ram::2:role/b\n  assumeRoleARN: acs:ram::2:role/b",
            "domains: \"a.example.cn\" assumeRoleARN: acs:ram::2:role/b",
            "domains: a.example.cn, assumeRoleARN: acs:ram::2:role/b",
            "domains: a.example.cn assumeRoleARN: acs:ram::2:role/b")) {
      for (String indent : List.of("  ", " ", "", "    ", "\t", "\u3000")) {
        // when
        ParseResult reading = read("- instanceId: cri-abc\n" + indent + field + "\n");

        // then
        if (reading instanceof Understood understood) {
          assertThat(understood.spec().registries())
              .as(field)
              .allSatisfy(
                  registry ->
                      assertThat(registry.credentials())
                          .as(indent + field)
                          .isNotNull()
                          .satisfies(
                              c ->
                                  assertThat(c.assumeRole().roleArn())
                                      .isEqualTo("acs:ram::2:role/b")));
        }
        // and never read without a word
        assertThat(
                reading.findings().isEmpty()
                    && !PlainYaml.registries("- instanceId: cri-abc\n" + indent + field + "\n")
                        .isPresent())
            .as(indent + field)
            .isFalse();
      }
    }
  }

  /** No good item beside it: what is written is the only reading, or there is none. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "- instanceId: cri-a\n  assumeRoleARN:\n    - acs:ram::2:role/b\n",
        "- instanceId: cri-a\n  regionId: cn-hangzhou\n  - assumeRoleARN: acs:ram::2:role/b\n",
        "- instanceId: \"\"\n  - customAccessKey: LTAIx\n  - customAccessKeySecret: y\n",
        "- instanceId: cri-a\n  domains:\n    - a.cn\n    - assumeRoleARN: acs:ram::2:role/b\n",
        "items:\n  - instanceId: cri-a\nassumeRoleARN: acs:ram::2:role/b\n",
        "assumeRoleARN: acs:ram::2:role/b\n- instanceId: cri-a\n",
        "assumeRoleARN: acs:ram::2:role/b\ninstanceId: cri-a\ninstanceId: cri-b\n",
        "customAccessKey: LTAIx\ncustomAccessKeySecret: y\ninstanceId: cri-a\n\n"
            + "customAccessKey: LTAIz\ncustomAccessKeySecret: z\ninstanceId: cri-b\n",
      })
  void neverMovesIdentityBetweenItems(String text) {
    assertThat(read(text)).isInstanceOf(ParseResult.Unreadable.class);
    assertThat(read(text + "  \t# a tab\n")).isInstanceOf(ParseResult.Unreadable.class);
  }

  /** As helm's toYaml and yq write it: by the alphabet. */
  @Test
  void readsSingleMappingAsOneItem() {
    // when
    ParseResult reading =
        read(
            "assumeRoleARN: acs:ram::2:role/b\ndomains: a.example.cn\nexpireDuration: 3600\n"
                + "instanceId: cri-a\nregionId: cn-beijing\n");

    // then
    assertThat(((Understood) reading).spec().registries())
        .singleElement()
        .satisfies(
            registry -> {
              assertThat(registry.instanceId()).isEqualTo("cri-a");
              assertThat(registry.region()).isEqualTo("cn-beijing");
              assertThat(registry.domains()).containsExactly("a.example.cn");
              assertThat(registry.credentials().assumeRole().roleArn())
                  .isEqualTo("acs:ram::2:role/b");
            });
  }

  /** What looks like a mistake inside a secret is none: one letter changed, and no pull works. */
  @Test
  void neverChangesSecretWhileRepairing() {
    for (String secret :
        List.of(
            "ab//cd",
            "ab // cd",
            "a,b",
            "a\uFF0Cb",
            "a\uFF1Ab",
            "a: b",
            "a#b",
            "a\u201Cb\u201D",
            "x\u00A0y",
            "0123",
            "1e5",
            "true",
            "null")) {
      for (String text :
          List.of(
              "- instanceId: \"\"\n    regionId: \"cn-hangzhou\"\n    customAccessKey: \"LTAI5t\"\n"
                  + "    customAccessKeySecret: \"%s\"\n",
              "- instanceId: \"\"\n\tregionId: \"cn-hangzhou\"\n\tcustomAccessKey: \"LTAI5t\"\n"
                  + "\tcustomAccessKeySecret: \"%s\"\n",
              "- instanceId: \"\" // Personal\n  regionId: \u201Ccn-hangzhou\u201D\n"
                  + "  customAccessKey: \"LTAI5t\"\n  customAccessKeySecret: \"%s\"\n",
              "- instanceId: \"\"\n  regionId: \"cn-hangzhou\",\n  customAccessKey: \"LTAI5t\",\n"
                  + "  customAccessKeySecret: \"%s\",\n",
              "- instanceId: \"\"\n  regionId:\"cn-hangzhou\"\n  customAccessKey:\"LTAI5t\"\n"
                  + "  customAccessKeySecret:\"%s\"\n",
              "- instanceId: \"\"\n  domains: \"a.example.cn\",\"b.example.cn\"\n"
                  + "  customAccessKey: \"LTAI5t\"\n  customAccessKeySecret: \"%s\" // secret\n")) {
        // when
        ParseResult reading = read(text.formatted(secret));

        // then refused or right, never something else
        if (reading instanceof Understood understood) {
          assertThat(understood.keys().values())
              .as(text.formatted(secret))
              .contains(SensitiveString.of(secret), SensitiveString.of("LTAI5t"));
        }
        if (secret.matches("[a-z0-9]+")) {
          assertThat(reading).as(text.formatted(secret)).isInstanceOf(Understood.class);
        }
      }
    }
  }

  private static Arguments ambiguous(String name, String text, String lines, String words) {
    return Arguments.of(name, text, lines, words);
  }

  private static ParseResult read(String text) {
    return new AcrConfigurationParser().parse(Map.of("acr-registry-info", text));
  }
}
