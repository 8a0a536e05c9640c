// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetSelectorTest {

  private static final LabelSelector ANY = new LabelSelector();
  private static final LabelSelector ON =
      new LabelSelectorBuilder().addToMatchLabels("acr", "on").build();

  @Test
  void selectsDefaultIfNothingIsGiven() {
    TargetSelector targets = TargetSelector.of(null, null, null);
    assertThat(targets.matches("default", null)).isTrue();
    assertThat(targets.matches("other", null)).isFalse();
    assertThat(TargetSelector.of(List.of(), null, null)).isEqualTo(targets);
  }

  @Test
  void selectsByName() {
    TargetSelector targets = TargetSelector.of(List.of("a", "b", "a"), null, null);
    assertThat(targets.matches("a", null)).isTrue();
    assertThat(targets.matches("default", null)).isFalse();
  }

  @Test
  void starSelectsAllExceptExcluded() {
    TargetSelector targets = TargetSelector.of(List.of("*", "a"), null, List.of("kube-system"));
    assertThat(targets.matches("whatever", Map.of())).isTrue();
    assertThat(targets.matches("kube-system", Map.of())).isFalse();
  }

  @Test
  void selectorAloneSelectsEveryMatch() {
    TargetSelector targets = TargetSelector.of(null, ON, List.of("b"));
    assertThat(targets.matches("a", Map.of("acr", "on", "x", "y"))).isTrue();
    assertThat(targets.matches("a", Map.of("acr", "off"))).isFalse();
    assertThat(targets.matches("a", null)).isFalse();
    assertThat(targets.matches("b", Map.of("acr", "on"))).isFalse();
  }

  @Test
  void emptySelectorSelectsAll() {
    assertThat(TargetSelector.of(null, ANY, null).matches("a", null)).isTrue();
  }

  @Test
  void namesAndSelectorMustBothMatch() {
    TargetSelector targets = TargetSelector.of(List.of("a"), ON, null);
    assertThat(targets.matches("a", Map.of("acr", "on"))).isTrue();
    assertThat(targets.matches("a", Map.of())).isFalse();
    assertThat(targets.matches("b", Map.of("acr", "on"))).isFalse();
  }

  @Test
  void matchesExpressionsAsApimachineryDoes() {
    assertThat(matches("In", Map.of("k", "v"), "v", "w")).isTrue();
    assertThat(matches("In", Map.of("k", "x"), "v", "w")).isFalse();
    assertThat(matches("In", Map.of(), "v")).isFalse();
    assertThat(matches("NotIn", Map.of("k", "v"), "v")).isFalse();
    assertThat(matches("NotIn", Map.of("k", "x"), "v")).isTrue();
    assertThat(matches("NotIn", Map.of(), "v")).isTrue();
    assertThat(matches("Exists", Map.of("k", ""))).isTrue();
    assertThat(matches("Exists", Map.of())).isFalse();
    assertThat(matches("DoesNotExist", Map.of("k", ""))).isFalse();
    assertThat(matches("DoesNotExist", Map.of())).isTrue();
    assertThat(matches("Unknown", Map.of("k", "v"), "v")).isFalse();
  }

  @Test
  void allRequirementsOfASelectorMustMatch() {
    // given
    LabelSelector selector =
        new LabelSelectorBuilder(ON)
            .addNewMatchExpression()
            .withKey("team")
            .withOperator("Exists")
            .endMatchExpression()
            .build();

    // then
    TargetSelector targets = TargetSelector.of(null, selector, null);
    assertThat(targets.matches("a", Map.of("acr", "on", "team", "b"))).isTrue();
    assertThat(targets.matches("a", Map.of("acr", "on"))).isFalse();
    assertThat(targets.matches("a", Map.of("team", "b"))).isFalse();
  }

  private static boolean matches(String operator, Map<String, String> labels, String... values) {
    LabelSelector selector =
        new LabelSelectorBuilder()
            .addNewMatchExpression()
            .withKey("k")
            .withOperator(operator)
            .withValues(values)
            .endMatchExpression()
            .build();
    return TargetSelector.of(null, selector, null).matches("a", labels);
  }
}
