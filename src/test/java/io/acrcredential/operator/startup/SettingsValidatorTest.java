// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.acrcredential.operator.Settings;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Environment variables, read as the operator reads them. */
class SettingsValidatorTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "ACR_REGION                        | Hangzhou                | write a region id",
        "ACR_NETWORK                       | internet                | write one of",
        "ACR_REQUESTS_PER_SECOND           | ten                     | write a number",
        "ACR_REQUESTS_PER_SECOND           | 0                       | write a number above 0",
        "ACR_REQUESTS_PER_SECOND           | -1                      | write a number above 0",
        "ACR_REQUESTS_PER_SECOND           | NaN                     | write a number above 0",
        "ACR_REQUESTS_PER_SECOND           | Infinity                | write a number above 0",
        "ACR_CREDENTIALS_NAMESPACE         | Kube_System             | the name of a namespace",
        "ACR_CONFIG_MAP                    | acr-configuration       | write namespace/name",
        "ACR_CONFIG_MAP                    | kube-system/Acr_Config  | write namespace/name",
        "ACR_PULL_SECRET_NAME              | Bad_Name                | lower-case letters, digits",
        "ACR_PULL_SECRET_NAME              | a..b                    | lower-case letters, digits",
        "ACR_EXCLUDED_NAMESPACES           | kube-*                  | patterns are not supported",
        "ACR_EXCLUDED_NAMESPACES           | default,!team-a         | patterns are not supported",
        "ACR_EXCLUDED_NAMESPACES           | kube-system kube-public | names of namespaces",
        "ACR_STATUS_PAGE_PORT              | http                    | write a number",
        "ACR_STATUS_PAGE_PORT              | -1                      | write a port from 1",
        "ACR_STATUS_PAGE_PORT              | 65536                   | write a port from 1",
        "ACR_ENDPOINT_REGISTRY             | cr.{region}.example.cn  | it must be https",
        "ACR_ENDPOINT_REGISTRY             | https://{zone}.cn       | it is not a URL",
        "ACR_ENDPOINT_REGISTRY             | ftp://cr.example.cn     | it must be https",
        "ACR_ENDPOINT_REGISTRY_CN_HANGZHOU | http://cr.example.cn    | it must be https",
        "ACR_ENDPOINT_REGISTRY_            | https://cr.example.cn   | names no region",
        "ACR_ENDPOINT_STS                  | not a url               | it is not a URL",
        "ACR_ENDPOINT_STS                  | https://                | write a URL",
        "ACR_ENDPOINT_METADATA             | http://metadata.local   | it must be https",
      })
  void refusesInvalidValueInOneSentence(String variable, String value, String fix) {
    // when
    Throwable failure = catchThrowable(() -> validate(Map.of(variable, value)));

    // then
    assertThat(failure).as(value).isNotNull();
    assertThat(StartFailure.text(new IllegalStateException("CDI", failure)))
        .as(value)
        .startsWith(variable + " ")
        .contains(fix)
        .doesNotContain("Exception", "SRCFG", "\tat ")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "ACR_REGION                        | ap-southeast-1",
        "ACR_REGION                        | ",
        "ACR_NETWORK                       | VPC",
        "ACR_REQUESTS_PER_SECOND           | 0.5",
        "ACR_CREDENTIALS_NAMESPACE         | acr",
        "ACR_CONFIG_MAP                    | acr/acr.configuration",
        "ACR_CONFIG_MAP                    | ",
        "ACR_PULL_SECRET_NAME              | my.pull-secret",
        "ACR_EXCLUDED_NAMESPACES           | kube-system,kube-public",
        "ACR_EXCLUDED_NAMESPACES           | kube-system, kube-public",
        "ACR_EXCLUDED_NAMESPACES           | ",
        "ACR_STATUS_PAGE_PORT              | 8090",
        "ACR_STATUS_PAGE_PORT              | 0",
        "ACR_STATUS_PAGE_PORT              | ",
        "ACR_ENDPOINT_REGISTRY             | https://cr{network}.{region}.example.cn:8443/path",
        "ACR_ENDPOINT_REGISTRY_CN_HANGZHOU | http://127.0.0.1:8080",
        "ACR_ENDPOINT_STS                  | https://sts.example.cn",
        "ACR_ENDPOINT_METADATA             | ",
        "ACR_ENDPOINT_METADATA             | http://100.100.100.200",
      })
  void acceptsValidValue(String variable, String value) {
    assertThatCode(() -> validate(Map.of(variable, value == null ? "" : value)))
        .doesNotThrowAnyException();
  }

  @Test
  void acceptsDefaults() {
    assertThatCode(() -> validate(Map.of())).doesNotThrowAnyException();
  }

  private static void validate(Map<String, String> environment) {
    SettingsValidator.validate(
        new SmallRyeConfigBuilder()
            .withSources(new EnvConfigSource(environment, 300))
            .withMapping(Settings.class)
            .build()
            .getConfigMapping(Settings.class),
        environment);
  }
}
