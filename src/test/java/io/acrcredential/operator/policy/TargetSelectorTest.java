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
  void absentMeansDefault() {
    TargetSelector selection = TargetSelector.of(null, null, null);
    assertThat(selection.matches("default", null)).isTrue();
    assertThat(selection.matches("other", null)).isFalse();
    assertThat(TargetSelector.of(List.of(), null, null)).isEqualTo(selection);
  }

  @Test
  void namesMeanThemselves() {
    TargetSelector selection = TargetSelector.of(List.of("a", "b", "a"), null, null);
    assertThat(selection.matches("a", null)).isTrue();
    assertThat(selection.matches("default", null)).isFalse();
  }

  @Test
  void aStarMeansAllButTheExcluded() {
    TargetSelector selection = TargetSelector.of(List.of("*", "a"), null, List.of("kube-system"));
    assertThat(selection.matches("whatever", Map.of())).isTrue();
    assertThat(selection.matches("kube-system", Map.of())).isFalse();
  }

  @Test
  void aSelectorAloneMeansAnyThatMatches() {
    TargetSelector selection = TargetSelector.of(null, ON, List.of("b"));
    assertThat(selection.matches("a", Map.of("acr", "on", "x", "y"))).isTrue();
    assertThat(selection.matches("a", Map.of("acr", "off"))).isFalse();
    assertThat(selection.matches("a", null)).isFalse();
    assertThat(selection.matches("b", Map.of("acr", "on"))).isFalse();
  }

  @Test
  void anEmptySelectorMeansAll() {
    assertThat(TargetSelector.of(null, ANY, null).matches("a", null)).isTrue();
  }

  @Test
  void namesAndSelectorMustBothMatch() {
    TargetSelector selection = TargetSelector.of(List.of("a"), ON, null);
    assertThat(selection.matches("a", Map.of("acr", "on"))).isTrue();
    assertThat(selection.matches("a", Map.of())).isFalse();
    assertThat(selection.matches("b", Map.of("acr", "on"))).isFalse();
  }

  @Test
  void expressionsWorkAsInApimachinery() {
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
    assertThat(matches("Unheard", Map.of("k", "v"), "v")).isFalse();
  }

  @Test
  void allRulesOfASelectorMustHold() {
    // given
    LabelSelector selector =
        new LabelSelectorBuilder(ON)
            .addNewMatchExpression()
            .withKey("team")
            .withOperator("Exists")
            .endMatchExpression()
            .build();

    // then
    TargetSelector selection = TargetSelector.of(null, selector, null);
    assertThat(selection.matches("a", Map.of("acr", "on", "team", "b"))).isTrue();
    assertThat(selection.matches("a", Map.of("acr", "on"))).isFalse();
    assertThat(selection.matches("a", Map.of("team", "b"))).isFalse();
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
