// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import io.acrcredential.operator.configmap.parser.ParseResult.Unreadable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcrConfigurationParserTest {

  private final AcrConfigurationParser parser = new AcrConfigurationParser();

  // ---- names

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // service-account | watch-namespace | accounts | namespaces
        "''         | ''            | default  | default",
        "Default    | DEFAULT       | default  | default",
        "a, B ,,a   | x,Y           | a,b      | x,y",
        "a          | all           | a        | *",
        "a          | ALL           | a        | *",
        "a          | All           | a        | *",
        "a          | *             | a        | *",
        "a          | x,all         | a        | *",
        "all        | x             | *        | x",
        "*          | ''            | *        | *",
        "*          | all           | *        | *",
        "*          | x             | *        | x",
        "*          | default       | *        | default",
        "a,*        | x             | *        | x",
      })
  void readsNames(String account, String namespace, String accounts, String namespaces) {
    // when
    AcrCredentialPolicySpec spec =
        understood(Map.of("service-account", account, "watch-namespace", namespace)).spec();

    // then
    assertThat(String.join(",", spec.targets().serviceAccounts().names())).isEqualTo(accounts);
    assertThat(String.join(",", spec.targets().namespaces().names())).isEqualTo(namespaces);
  }

  @Test
  void acceptsNamesBesideAll() {
    assertThat(causes(Map.of("watch-namespace", "x,all"))).isEmpty();
  }

  @Test
  void reportsTooManyNamesByKey() {
    // given
    String names =
        IntStream.range(0, 1_100).mapToObj(i -> "n" + i).collect(Collectors.joining(","));

    // then
    for (String key : List.of("watch-namespace", "service-account")) {
      assertThat(messages(Map.of(key, names))).singleElement().asString().startsWith(key + " is ");
    }
  }

  /** Pasted into the wrong place, an AccessKey is as secret as in its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "default\ncustomAccessKeySecret: Zq7CANARY",
        "- instanceId: cri-a\n  customAccessKey: \"LTAICANARY\"\n",
        "\"customAccessKey: LTAICANARY\", \"customAccessKeySecret: Zq7CANARY\"",
        "default customAccessKeySecret Zq7CANARY",
        "custom_access_key = LTAI5tCANARY",
        "LTAI5tCANARY",
        "access key secret\uFF1AZq7CANARY",
      })
  void masksAccessKeysUnderOtherKeys(String text) {
    for (String key :
        List.of(
            "service-account",
            "watch-namespace",
            "expiring-threshold",
            "notify-email",
            "rrsa",
            "webhook-configuration",
            "Rrsa",
            "Expiring_Threshold")) {
      // when
      ParseResult reading = parser.parse(Map.of(key, text));

      // then
      assertThat(reading.toString().toLowerCase(Locale.ROOT)).as(key).doesNotContain("canary");
      assertThat(reading.findings()).as(key).isNotEmpty();
    }
  }

  @Test
  void masksSecretWrittenAsKey() {
    for (String key : List.of("rrsa", "webhook-configuration")) {
      assertThat(messages(Map.of(key, "Zq7CANARY: true")))
          .singleElement()
          .asString()
          .contains("***")
          .doesNotContain("CANARY");
    }
  }

  @Test
  void acceptsNamesWithSecretWords() {
    // when
    AcrCredentialPolicySpec spec =
        understood(
                Map.of(
                    "service-account", "default, token-refresher,keycloak",
                    "watch-namespace", "custom-metrics , access-control"))
            .spec();

    // then
    assertThat(spec.targets().serviceAccounts().names())
        .containsExactly("default", "token-refresher", "keycloak");
    assertThat(spec.targets().namespaces().names())
        .containsExactly("custom-metrics", "access-control");
  }

  @Test
  void refusesThousandsOfIdsOnOneLine() {
    // given
    String ids =
        IntStream.range(0, 12_000).mapToObj(i -> "cri-" + i).collect(Collectors.joining(","));

    // then
    assertThat(parser.parse(Map.of("acr-registry-info", "- instanceId: " + ids)))
        .isInstanceOf(Unreadable.class);
  }

  @Test
  void refusesMisspelledToggle() {
    assertThat(parser.parse(Map.of("rrsa", "enabled: true"))).isInstanceOf(Unreadable.class);
  }

  @Test
  void reportsThatExplicitNamespacesLimitStar() {
    assertThat(causes(Map.of("service-account", "*", "watch-namespace", "x")))
        .containsExactly(Finding.LIMITED);
    assertThat(causes(Map.of("service-account", "*", "watch-namespace", "all"))).isEmpty();
    assertThat(causes(Map.of("service-account", "*"))).isEmpty();
  }

  @Test
  void changesNothingWhenNoNameIsLeft() {
    assertThat(parser.parse(Map.of("watch-namespace", "team-*"))).isInstanceOf(Unreadable.class);
    assertThat(parser.parse(Map.of("service-account", "a_b"))).isInstanceOf(Unreadable.class);
  }

  // ---- the small keys

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n", "# comment\n# another", "null", "~", "[]", "\"\""})
  void readsEmptyListAsLocalPersonalEdition(String text) {
    assertThat(understood(registries(text)).spec().registries())
        .containsExactly(new AcrCredentialPolicySpec.Registry(null, null, null, null, null));
  }

  @Test
  void readsEmptyConfigMapAsDefaults() {
    assertThat(parser.parse(null)).isEqualTo(parser.parse(Map.of()));
    assertThat(understood(Map.of()).findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"15", "0s", "-15m", "a quarter"})
  void changesNothingForAWrongThreshold(String text) {
    assertThat(messages(Map.of("expiring-threshold", text)))
        .containsExactly(
            "expiring-threshold is \""
                + text
                + "\": write a positive duration such as 15m or 1h30m");
    assertThat(parser.parse(Map.of("expiring-threshold", text))).isInstanceOf(Unreadable.class);
  }

  @Test
  void ignoresInvalidEmail() {
    Map<String, String> data = Map.of("notify-email", "nobody");
    assertThat(understood(data).spec().email()).isNull();
    assertThat(causes(data)).containsExactly(Finding.ITEM_IGNORED);
  }

  @Test
  void namesUnknownKeysAndTheNearestKnownOne() {
    assertThat(messages(Map.of("Watch-Namespace", "a", "colour", "red", "acr-api-version", "v1")))
        .containsExactly(
            "key \"Watch-Namespace\" is misspelled. It is read as:\nwatch-namespace: \"a\"",
            "key \"colour\" is unknown and is ignored");
  }

  @ParameterizedTest
  @ValueSource(strings = {"enable", "enable: perhaps", "enable: [", "enable: true\nenable: false"})
  void changesNothingForUnreadableToggle(String text) {
    assertThat(parser.parse(Map.of("rrsa", text))).isInstanceOf(Unreadable.class);
    assertThat(parser.parse(Map.of("webhook-configuration", text))).isInstanceOf(Unreadable.class);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "''                     | true",
        "# nothing              | true",
        "failure-policy: Ignore | true",
        "enable: true           | true",
        "enable: false          | false",
        "enable: no             | false"
      },
      delimiter = '|')
  void bindsAtCreationUnlessSwitchedOff(String text, boolean bindAtCreation) {
    assertThat(understood(Map.of("webhook-configuration", text)).spec().bindAtCreation())
        .isEqualTo(bindAtCreation);
    assertThat(understood(Map.of()).spec().bindAtCreation()).isTrue();
  }

  // ---- identities

  @Test
  void neverUsesOperatorIdentityInsteadOfAnother() {
    for (String field :
        List.of(
            "assumeRoleARN: acs:ram::.*:role/b",
            "assumeRoleARN: b",
            "assumeRoleARN: [acs:ram::2:role/b]",
            "assumeRoleArn: acs:ram::2:role/b\n  assumeRoleARN: acs:ram::2:role/c",
            "credentials:\n    customAccessKey: a",
            "assumeRoleARN: acs:ram::2:role/b\n  expireDuration: 1h",
            "assumeRoleARN: acs:ram::2:role/b\n  expireDuration: 899",
            "assumeRoleARN: acs:ram::2:role/b\n  expireDuration: 99999999999",
            "assumeRoleARN: acs:ram::2:role/b\n  customAccessKey: a",
            "rrsaRoleARN: acs:ram::1:role/a",
            "rrsaOIDCProviderRoleARN: acs:ram::1:oidc-provider/x",
            "rrsaRoleARN: acs:ram::1:role/a\n  assumeRoleARN: acs:ram::2:role/b",
            "rrsaRoleARN: acs:ram::1:role/a\n  rrsaOIDCProviderRoleARN: acs:ram::1:role/x",
            "rrsaRoleARN: acs:ram::1:role/a\n"
                + "  rrsaOIDCProviderRoleARN: acs:ram::1:oidc-provider/x\n"
                + "  expireDuration: -1",
            "rrsaRoleARN: acs:ram::1:role/a\n"
                + "  rrsaOIDCProviderRoleARN: acs:ram::1:oidc-provider/x\n"
                + "  customAccessKey: a\n"
                + "  customAccessKeySecret: b",
            "customAccessKey: a",
            "customAccessKeySecret: a",
            "CustomAccessKey: a",
            "customAcesKey: a",
            "accessKeyId: a",
            "roleARN: a",
            "customAccessKey: [a]",
            "? [a]\n  : b")) {
      // when
      Understood reading =
          understood(
              Map.of(
                  "rrsa",
                  "enable: true",
                  "acr-registry-info",
                  "- instanceId: cri-a\n  " + field + "\n- instanceId: cri-b\n"));

      // then
      assertThat(reading.spec().registries()).as(field).hasSize(1);
      assertThat(reading.spec().registries().get(0).instanceId()).isEqualTo("cri-b");
      assertThat(reading.findings()).as(field).hasSize(1);
      assertThat(reading.findings().get(0).message())
          .startsWith("acr-registry-info, item 1 (line 1)")
          .endsWith("The item is left out");
    }
  }

  @Test
  void ignoresRrsaFieldsWhileRrsaIsOff() {
    Map<String, String> data =
        registries("- instanceId: cri-a\n  rrsaRoleARN: acs:ram::1:role/a\n");
    assertThat(understood(data).spec().registries()).hasSize(1);
    assertThat(causes(data)).containsExactly(Finding.NO_EFFECT);
  }

  /** What the policy's rules refuse is told by the names that the ConfigMap has. */
  @Test
  void namesTheFieldsOfTheConfigMap() {
    assertThat(
            messages(
                Map.of(
                    "rrsa",
                    "enable: true",
                    "acr-registry-info",
                    """
                    - instanceId: cri-ok
                    - assumeRoleARN: b
                      rrsaRoleARN: a
                      rrsaOIDCProviderRoleARN: x
                      expireDuration: 1
                    - rrsaRoleARN: acs:ram::1:role/a
                      rrsaOIDCProviderRoleARN: acs:ram::1:oidc-provider/x
                      expireDuration: 1
                    """)))
        .extracting(m -> m.replaceAll("^.*\\): (\\S+) has the value (\\S+): .*$", "$1=$2"))
        .containsExactly(
            "rrsaRoleARN=\"a\"",
            "rrsaOIDCProviderRoleARN=\"x\"",
            "assumeRoleARN=\"b\"",
            "expireDuration=\"1\"",
            "expireDuration=\"1\"");
  }

  @Test
  void saysThatADurationNeedsARole() {
    Map<String, String> data = registries("- instanceId: cri-a\n  expireDuration: 3600\n");
    assertThat(understood(data).spec().registries().get(0).credentials()).isNull();
    assertThat(causes(data)).containsExactly(Finding.NO_EFFECT);
  }

  /** An ARN is no secret, but what stands there by mistake may be one. */
  @Test
  void masksWhatStandsBesideAnAccessKey() {
    assertThat(
            messages(
                registries(
                    "- instanceId: cri-ok\n"
                        + "- customAccessKey: LTAIb\n"
                        + "  customAccessKeySecret: s3cret\n"
                        + "  assumeRoleARN: s3cret\n"
                        + "  expireDuration: 3600\n"
                        + "- customAccessKey: LTAIc\n"
                        + "  customAccessKeySecret: s3cret\n"
                        + "  assumeRoleARN: acs:ram::2:role/b\n"
                        + "  expireDuration: s3cret\n")))
        .hasSize(2)
        .allSatisfy(m -> assertThat(m).contains("***").doesNotContain("s3cret"));
  }

  @Test
  void changesNothingWhenNoItemIsLeft() {
    assertThat(parser.parse(registries("- regionId: CN\n"))).isInstanceOf(Unreadable.class);
    assertThat(parser.parse(registries("- {}\n"))).isInstanceOf(Unreadable.class);
  }

  @Test
  void movesAccessKeysIntoSecretUnderStableNames() {
    // given
    String item = "- regionId: cn-%s\n  customAccessKey: LTAIb\n  customAccessKeySecret: s3cret\n";

    // when
    Understood reading =
        understood(registries(item.formatted("beijing") + item.formatted("hangzhou")));

    // then
    assertThat(reading.spec().registries())
        .extracting(r -> r.credentials().secretRef().name())
        .containsExactly("acr-configuration-keys", "acr-configuration-keys");
    assertThat(reading.keys())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "ae2ebeab.access-key-id", SensitiveString.of("LTAIb"),
                "ae2ebeab.access-key-secret", SensitiveString.of("s3cret")));
  }

  @Test
  void refusesTwoSecretsForOneAccessKey() {
    Map<String, String> data =
        registries(
            "- regionId: cn-beijing\n  customAccessKey: a\n  customAccessKeySecret: b\n"
                + "- regionId: cn-hangzhou\n  customAccessKey: a\n  customAccessKeySecret: c\n");
    assertThat(understood(data).spec().registries()).hasSize(1);
    assertThat(understood(data).keys()).containsValue(SensitiveString.of("b")).hasSize(2);
    assertThat(causes(data)).containsExactly(Finding.ITEM_IGNORED);
  }

  @Test
  void keepsOnlyTheKeysOfItemsInUse() {
    assertThat(
            understood(
                    registries(
                        "- regionId: CN\n  customAccessKey: a\n  customAccessKeySecret: b\n"
                            + "- instanceId: cri-a\n"))
                .keys())
        .isEmpty();
  }

  // ---- what is no YAML

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "- domains: *.example.cn                 | line 1, column 12: found *, which has a special"
            + " meaning",
        "- domains: *all                         | line 1, column 12: found a YAML alias (*)",
        "- domains: @a                           | line 1, column 12: found @, which has a special"
            + " meaning",
        "- a: b¶---¶- c: d                       | line 2, column 1: found a second YAML document",
        "- a¶]                                   | line 2, column 1: found invalid YAML",
      })
  void saysWhereAndHowToFixInvalidYaml(String text, String expected) {
    // when
    ParseResult reading = parser.parse(registries(text.replace('¶', '\n').replace('→', '\t')));

    // then
    assertThat(reading).isInstanceOf(Unreadable.class);
    assertThat(reading.findings()).hasSize(1);
    assertThat(reading.findings().get(0).cause()).isEqualTo(Finding.UNREADABLE);
    assertThat(reading.findings().get(0).message()).startsWith("acr-registry-info, " + expected);
  }

  @Test
  void survivesHostileYaml() {
    for (String text :
        List.of(
            "[".repeat(500_000),
            "- ".repeat(500_000),
            "a: ".repeat(1000),
            "- &a [x]\n- *a\n",
            "- a: !!java.net.URL [http://x]\n",
            "- instanceId: \u0007\n",
            "x".repeat((1 << 20) + 1),
            "- {instanceId: cri-a}\n".repeat(300))) {
      assertThat(parser.parse(registries(text)))
          .as(text.substring(0, 14))
          .isInstanceOf(Unreadable.class);
    }
  }

  private Understood understood(Map<String, String> data) {
    ParseResult reading = parser.parse(data);
    assertThat(reading).isInstanceOf(Understood.class);
    return (Understood) reading;
  }

  private List<String> causes(Map<String, String> data) {
    return parser.parse(data).findings().stream().map(Finding::cause).toList();
  }

  private List<String> messages(Map<String, String> data) {
    return parser.parse(data).findings().stream().map(Finding::message).toList();
  }

  private static Map<String, String> registries(String text) {
    return Map.of("acr-registry-info", text);
  }
}
