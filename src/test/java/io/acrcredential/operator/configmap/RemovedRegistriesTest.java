// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.configmap.parser.Finding;
import io.acrcredential.operator.configmap.parser.ParseResult;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemovedRegistriesTest {

  private static final AcrCredentialPolicySpec TWO =
      spec("- instanceId: cri-abc\n  regionId: cn-beijing\n- regionId: cn-shanghai\n");

  @ParameterizedTest
  @ValueSource(
      strings = {"", "  \n\n", "# - instanceId: cri-abc\n", "[]", "~", "- instanceId: \"\"\n"})
  void reportsItemsReplacedByNothing(String text) {
    // when
    Finding finding = RemovedRegistries.finding(TWO, spec(text)).orElseThrow();

    // then
    assertThat(finding.cause()).isEqualTo("RegistriesRemoved");
    assertThat(finding.message())
        .contains("no items any more", "cri-abc in cn-beijing, Personal Edition in cn-shanghai");
  }

  @Test
  void isSilentOtherwise() {
    assertThat(RemovedRegistries.finding(null, spec(""))).isEmpty();
    assertThat(RemovedRegistries.finding(spec(""), spec("# nothing\n"))).isEmpty();
    assertThat(RemovedRegistries.finding(spec(""), TWO)).isEmpty();
    assertThat(RemovedRegistries.finding(TWO, spec("- instanceId: cri-abc\n"))).isEmpty();
    assertThat(RemovedRegistries.finding(TWO, spec("- regionId: cn-beijing\n"))).isEmpty();
  }

  @Test
  void limitsTheNames() {
    // given
    AcrCredentialPolicySpec many =
        spec(
            IntStream.range(0, 60)
                .mapToObj(i -> "- instanceId: cri-" + i + "\n")
                .collect(Collectors.joining()));

    // then
    assertThat(RemovedRegistries.finding(many, spec("")).orElseThrow().message())
        .contains("cri-4 and 55 more")
        .doesNotContain("cri-5,");
  }

  private static AcrCredentialPolicySpec spec(String registries) {
    return ((ParseResult.Understood)
            new AcrConfigurationParser().parse(Map.of("acr-registry-info", registries)))
        .spec();
  }
}
