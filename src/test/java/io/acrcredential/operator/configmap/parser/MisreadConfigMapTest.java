// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import io.acrcredential.operator.configmap.parser.ParseResult.Unreadable;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * ConfigMaps that say something, but not in the documented keys. Read by the letter, each would
 * mean the defaults, which would replace the last good configuration.
 */
class MisreadConfigMapTest {

  private static final String ITEM = "- instanceId: cri-abc\n  regionId: cn-hangzhou\n";

  private static final String MANIFEST =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: acr-configuration
        namespace: kube-system
      data:
        watch-namespace: "all"
        acr-registry-info: |
          - instanceId: "cri-abc"
      """;

  private final AcrConfigurationParser parser = new AcrConfigurationParser();

  // ---- keys

  static Stream<Arguments> misreadKeys() {
    return Stream.of(
        misread(
            "the key of 2019",
            Map.of("acr-api-version", "2018-12-01", "acr-registry", "a-registry.*.cr.aliyuncs.com"),
            "\"acr-registry\" belongs to versions of the ACK credential helper before 2020"),
        misread("a plural", Map.of("acr-registry-infos", ITEM), "did you mean acr-registry-info"),
        misread(
            "a plural beside other keys",
            Map.of("acr-registry-infos", ITEM, "watch-namespace", "all"),
            "did you mean acr-registry-info"),
        misread(
            "a plural beside comments",
            Map.of("acr-registry-infos", ITEM, "acr-registry-info", "# - instanceId: cri-x\n"),
            "did you mean acr-registry-info"),
        misread("another name", Map.of("registries", ITEM, "watch-namespace", "all"), "registries"),
        misread(
            "the managed add-on's configuration",
            Map.of("AcrInstanceInfo", "[{\"instanceId\":\"cri-abc\"}]", "watchNamespace", "all"),
            "\"AcrInstanceInfo\" belongs to the managed ACK credential helper"),
        misread(
            "an item's keys as keys of the ConfigMap",
            Map.of("instanceId", "cri-abc", "regionId", "cn-hangzhou", "watch-namespace", "all"),
            "\"instanceId\" is a key of an item, not of the ConfigMap"),
        misread(
            "a manifest from a file",
            Map.of("acr-configuration.yaml", MANIFEST),
            "\"acr-configuration.yaml\" contains the text of a ConfigMap; apply that text"),
        misread(
            "lines from a file",
            Map.of("acr.properties", "watch-namespace=all\nservice-account=default\n"),
            "\"acr.properties\" contains the text of a ConfigMap"),
        misread(
            "a JSON file",
            Map.of("config.json", "{\"AcrInstanceInfo\":[{\"instanceId\":\"cri-abc\"}]}"),
            "\"config.json\" is unknown, and no documented key is there; write acr-registry-info"),
        misread("a key of another program", Map.of("foo", ""), "no documented key is there"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("misreadKeys")
  void changesNothingForMisreadKeys(String name, Map<String, String> data, String message) {
    // when
    ParseResult result = parser.parse(data);

    // then
    assertThat(result).isInstanceOf(Unreadable.class);
    assertThat(messages(result)).anySatisfy(m -> assertThat(m).contains(message));
  }

  /** The ACK credential helper ignores such keys, so a ConfigMap with them works unchanged. */
  @ParameterizedTest
  @ValueSource(strings = {"acr-registry", "acr-registry-infos", "AcrInstanceInfo", "foo"})
  void ignoresUndocumentedKeyBesideRegistries(String key) {
    // when
    ParseResult result = parser.parse(Map.of("acr-registry-info", ITEM, key, ITEM));

    // then
    assertThat(result).isInstanceOf(Understood.class);
    assertThat(result.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Finding.UNKNOWN_KEY);
              assertThat(finding.message()).contains("\"" + key + "\"", "is ignored");
            });
  }

  @Test
  void reportsTextThatIsNotUtf8() {
    for (Map<String, String> data :
        List.of(Map.<String, String>of(), Map.of("watch-namespace", "all"))) {
      // when
      ParseResult result = parser.parse(data, Set.of("acr-registry-info"));

      // then
      assertThat(result).isInstanceOf(Unreadable.class);
      assertThat(messages(result))
          .singleElement()
          .asString()
          .contains("\"acr-registry-info\" is in binaryData", "save the text as UTF-8");
    }
    assertThat(parser.parse(null, Set.of("acr-configuration.yaml"))).isInstanceOf(Unreadable.class);
    assertThat(parser.parse(Map.of("watch-namespace", "all"), Set.of("logo.png")))
        .isInstanceOf(Understood.class);
  }

  /** {@code acr-registry-info:} without a value, in the manifest. */
  @Test
  void readsNullAsEmptyText() {
    // given
    Map<String, String> data = new HashMap<>();
    for (String key :
        List.of(
            "acr-registry-info",
            "service-account",
            "watch-namespace",
            "expiring-threshold",
            "notify-email",
            "acr-api-version",
            "rrsa",
            "webhook-configuration")) {
      data.put(key, null);
    }

    // when
    ParseResult result = parser.parse(data);

    // then
    assertThat(result).isEqualTo(parser.parse(Map.of()));
    assertThat(parser.parse(Collections.singletonMap("unknown", null)))
        .isInstanceOf(Unreadable.class);
  }

  // ---- whole blocks in one value

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4 | watch-namespace",
        "4 | service-account",
        "4 | Service_Account",
        "4 | expiring-threshold",
        "4 | notify-email",
        "4 | rrsa",
      })
  void reportsKeyOfConfigMapInsideRegistries(int line, String key) {
    for (String indent : List.of("", " ", "  ", "    ")) {
      for (String sign : List.of(": ", ":", " : ", "\uFF1A")) {
        // when
        ParseResult result =
            parser.parse(
                Map.of(
                    "acr-registry-info",
                    ITEM + "  domains: a.example.cn\n" + indent + key + sign + "\"all\"\n"));

        // then
        assertThat(result).as(indent + key + sign).isInstanceOf(Unreadable.class);
        assertThat(messages(result))
            .as(indent + key + sign)
            .singleElement()
            .asString()
            .contains(
                "acr-registry-info, line " + line + ": ",
                " is a key of the ConfigMap, not of acr-registry-info",
                "write it beside acr-registry-info")
            .doesNotContain("indent");
      }
    }
  }

  @Test
  void reportsKeyOfConfigMapInsideJson() {
    // when
    ParseResult result =
        parser.parse(
            Map.of(
                "acr-registry-info", "[{\"instanceId\":\"cri-abc\",\"watchNamespace\":\"all\"}]"));

    // then
    assertThat(result).isInstanceOf(Unreadable.class);
    assertThat(messages(result))
        .singleElement()
        .asString()
        .contains("watch-namespace is a key of the ConfigMap");
  }

  @Test
  void reportsManifestInsideValue() {
    for (String key : List.of("acr-registry-info", "watch-namespace", "rrsa", "Service-Account")) {
      // when
      ParseResult result = parser.parse(Map.of(key, MANIFEST));

      // then
      assertThat(result).as(key).isInstanceOf(Unreadable.class);
      assertThat(messages(result))
          .as(key)
          .anySatisfy(m -> assertThat(m).contains("ConfigMap; apply that text itself"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "service-account",
        "expiring-threshold",
        "notify-email",
        "acr-api-version",
        "rrsa",
        "webhook-configuration"
      })
  void reportsKeyOfConfigMapInsideOtherValue(String key) {
    // when
    ParseResult result = parser.parse(Map.of(key, "default\nwatch-namespace: all\n"));

    // then
    assertThat(result).isInstanceOf(Unreadable.class);
    assertThat(messages(result))
        .anySatisfy(
            m ->
                assertThat(m)
                    .contains(key + ", line 2: watch-namespace is a key of the ConfigMap"));
  }

  @Test
  void saysThatCommasSeparateNames() {
    for (String key : List.of("watch-namespace", "service-account")) {
      assertThat(messages(parser.parse(Map.of(key, "team-a team-b"))))
          .as(key)
          .anySatisfy(m -> assertThat(m).contains("write names with commas between them"));
    }
  }

  /** Its own key, which the repairs remove, and what merely looks like a key. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "acr-registry-info: |\n  - instanceId: cri-abc\n",
        "- instanceId: cri-abc # watch-namespace: all\n",
        "# watch-namespace: all\n- instanceId: cri-abc\n",
        "- instanceId: cri-abc\n  domains: rrsa.example.cn,watch-namespace.example.cn\n",
      })
  void readsTextWithoutOtherKeys(String text) {
    assertThat(parser.parse(Map.of("acr-registry-info", text))).isInstanceOf(Understood.class);
  }

  // ---- instances

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cri-abc:\n  regionId: cn-hangzhou\n  domains: a.example.cn\n",
        "cri-abc:\n  regionId: cn-hangzhou\ncri-def:\n  regionId: cn-beijing\n",
        "- cri-abc:\n  regionId: cn-hangzhou\n  domains: a.example.cn\n",
        "- cri-abc:\n    regionId: cn-hangzhou\n    domains: a.example.cn\n",
        "- cri-abc: cn-hangzhou\n",
        "{\"cri-abc\": {\"regionId\": \"cn-hangzhou\"}}",
        "crpi-abc:\n\tregionId: cn-hangzhou\n",
        "- regionId: cn-hangzhou\n  domains: a-registry-vpc.cn-hangzhou.cr.aliyuncs.com\n",
        "- instanceId: \"\"\n  domains: crpi-a.cn-hangzhou.personal.cr.aliyuncs.com/team\n",
      })
  void neverUsesPersonalEditionForInstance(String text) {
    // when alone
    ParseResult alone = parser.parse(Map.of("acr-registry-info", text));

    // then
    assertThat(alone).isInstanceOf(Unreadable.class);

    // when beside a good item
    if (text.startsWith("- ")) {
      ParseResult beside =
          parser.parse(Map.of("acr-registry-info", text + "- instanceId: cri-x\n"));

      // then
      assertThat(((Understood) beside).spec().registries())
          .extracting(AcrCredentialPolicySpec.Registry::instanceId)
          .containsExactly("cri-x");
      assertThat(messages(beside)).anySatisfy(m -> assertThat(m).contains("instanceId"));
    }
  }

  @Test
  void saysHowToWriteMapKeyedById() {
    assertThat(messages(parser.parse(Map.of("acr-registry-info", "cri-a1:\n  regionId: x-y\n"))))
        .anySatisfy(
            m ->
                assertThat(m)
                    .contains("the keys are IDs of instances", "- instanceId: \"cri-abc\""));
  }

  // ---- names

  @ParameterizedTest
  @ValueSource(
      strings = {
        "all,-kube-system",
        "all, - kube-system",
        "all,!kube-system",
        "*,!kube-system",
        "!kube-system",
        "-kube-system",
        "kube-*",
        "team-a,team-*",
        "team-?",
        "^team-.*$",
        "~kube-.*",
        "all except kube-system",
        "default,all except kube-system",
        "all,\u9664\u4E86 kube-system",
        "all (without kube-system)",
      })
  void reportsPatternsAndExclusions(String names) {
    for (String key : List.of("watch-namespace", "service-account")) {
      // when
      ParseResult result = parser.parse(Map.of(key, names));

      // then
      assertThat(result).as(key).isInstanceOf(Unreadable.class);
      assertThat(messages(result))
          .as(key)
          .singleElement()
          .asString()
          .startsWith(key + " contains \"")
          .contains("patterns and exclusions are not supported", "write each name");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "ALL", " All ", "default,all", "\u201CALL\u201D"})
  void readsAllAsEveryServiceAccount(String accounts) {
    // when
    ParseResult result =
        parser.parse(Map.of("service-account", accounts, "watch-namespace", "all"));

    // then
    assertThat(((Understood) result).spec().targets().serviceAccounts().names())
        .containsExactly("*");
    assertThat(messages(result))
        .anySatisfy(
            m -> assertThat(m).contains("means every ServiceAccount", "service-account: \"*\""));
  }

  private static Arguments misread(String name, Map<String, String> data, String message) {
    return Arguments.of(name, data, message);
  }

  private static List<String> messages(ParseResult result) {
    return result.findings().stream().map(Finding::message).toList();
  }
}
