// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.Settings;
import java.lang.reflect.Modifier;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnknownVariablesTest {

  @ParameterizedTest
  @CsvSource({
    "ACR_REGON,                     ACR_REGION",
    "ACR_EXCLUDE_NAMESPACES,        ACR_EXCLUDED_NAMESPACES",
    "ACR_CREDENTIALS_NAMESPACES,    ACR_CREDENTIALS_NAMESPACE",
    "ACR_CONFIGMAP,                 ACR_CONFIG_MAP",
    "ACR_ENDPOINT_REGISTERY,        ACR_ENDPOINT_REGISTRY",
    "ACR_PULLSECRETNAME,            ACR_PULL_SECRET_NAME"
  })
  void suggestsTheNearestSetting(String written, String meant) {
    assertThat(UnknownVariables.warnings(Set.of(written, "ACR_NETWORK", "PATH")))
        .containsExactly(
            "The environment variable %s is not a setting of the operator and has no effect (did you mean %s?)"
                .formatted(written, meant));
  }

  @Test
  void suggestsNothingForANameThatResemblesNone() {
    assertThat(UnknownVariables.warnings(Set.of("ACR_LOG_LEVEL")))
        .containsExactly(
            "The environment variable ACR_LOG_LEVEL is not a setting of the operator and has no effect");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ACR_REGION",
        "ACR_ENDPOINT_REGISTRY_CN_BEIJING",
        "ACR_CREDENTIAL_OPERATOR_SERVICE_HOST",
        "ACR_CREDENTIAL_OPERATOR_SERVICE_PORT",
        "ACR_CREDENTIAL_OPERATOR_SERVICE_PORT_HTTP",
        "ACR_CREDENTIAL_OPERATOR_PORT",
        "ACR_CREDENTIAL_OPERATOR_PORT_8080_TCP",
        "ACR_CREDENTIAL_OPERATOR_PORT_8080_TCP_ADDR",
        "ALIBABA_CLOUD_REGON"
      })
  void acceptsSettingsServicesAndOtherVariables(String name) {
    assertThat(UnknownVariables.warnings(Set.of(name))).isEmpty();
  }

  @Test
  void knowsEverySetting() {
    assertThat(variables("ACR_", Settings.class))
        .containsExactlyInAnyOrderElementsOf(UnknownVariables.KNOWN);
  }

  /** Of a mapping and of the groups in it. */
  private static Stream<String> variables(String prefix, Class<?> mapping) {
    return Stream.of(mapping.getDeclaredMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
        .flatMap(
            method -> {
              String name =
                  prefix + method.getName().replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
              boolean group =
                  method.getReturnType().isInterface()
                      && method.getReturnType().getEnclosingClass() == Settings.class;
              return group ? variables(name + "_", method.getReturnType()) : Stream.of(name);
            });
  }
}
