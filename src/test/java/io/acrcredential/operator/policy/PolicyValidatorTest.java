// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.policy.ValidatedPolicy.ValidatedRegistry;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What validation tells without a region; {@link PolicyCompilerTest} tests the formats. */
class PolicyValidatorTest {

  @Test
  void acceptsRegistryWithoutRegionWhateverTheClusterRegionIs() {
    // when
    ValidatedPolicy policy =
        validate("{registries: [{credentials: {secretRef: {name: b}}}, {region: CN}]}");

    // then
    assertThat(policy.acceptedRegistries())
        .extracting(ValidatedRegistry::identity)
        .containsExactly(new Identity.KeySecret("b", null, null));
    assertThat(policy.registries().get(1).identity()).isNull();
  }

  @Test
  void policiesThatMeanTheSameAreEqual() {
    assertThat(validate("{registries: [{}]}"))
        .isEqualTo(validate("{registries: [{region: '', instanceId: ''}], refreshBefore: 900s}"));
  }

  @Test
  void registryWithRegionDiffersFromOneWithoutEvenIfItIsTheClusterRegion() {
    // given
    ValidatedPolicy without = validate("{registries: [{}]}");
    ValidatedPolicy with = validate("{registries: [{region: cn-hangzhou}]}");

    // then
    assertThat(without).isNotEqualTo(with);
    assertThat(without.resolve(Optional.of("cn-hangzhou")))
        .isEqualTo(with.resolve(Optional.of("cn-hangzhou")));
  }

  private static ValidatedPolicy validate(String spec) {
    return PolicyValidator.validate(new SpecTable.Row(spec, null).policy("p"));
  }
}
