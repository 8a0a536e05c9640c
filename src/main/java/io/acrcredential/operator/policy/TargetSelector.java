// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Selects objects by name, by labels, or by both.
 *
 * @param names the names to select; null = any
 * @param selector the labels to select; null = any
 * @param exclude names that are never selected
 */
public record TargetSelector(Set<String> names, LabelSelector selector, Set<String> exclude) {

  private static final List<String> DEFAULT = List.of("default");

  /**
   * Creates a selector. Without names and selector it selects {@code default}; with a selector
   * alone, every object that matches it; {@code ["*"]} selects all; names and selector must both
   * match.
   */
  public static TargetSelector of(
      List<String> names, LabelSelector selector, List<String> exclude) {
    List<String> selected = names == null || names.isEmpty() ? null : names;
    if (selected == null && selector == null) {
      selected = DEFAULT;
    }
    boolean any = selected == null || selected.contains("*");
    return new TargetSelector(
        any ? null : nonNull(selected), selector, exclude == null ? Set.of() : nonNull(exclude));
  }

  /** Null entries are possible if the CRD has no schema. */
  private static Set<String> nonNull(List<String> names) {
    return names.stream().filter(Objects::nonNull).collect(Collectors.toUnmodifiableSet());
  }

  /** Whether it selects an object with this name and these labels (null = none). */
  public boolean matches(String name, Map<String, String> labels) {
    return (names == null || names.contains(name))
        && !exclude.contains(name)
        && (selector == null || matches(selector, labels == null ? Map.of() : labels));
  }

  /** Whether it depends on labels. */
  boolean selectsByLabels() {
    return selector != null
        && !(isEmpty(selector.getMatchLabels()) && isEmpty(selector.getMatchExpressions()));
  }

  private static boolean isEmpty(Map<String, String> labels) {
    return labels == null || labels.isEmpty();
  }

  private static boolean isEmpty(List<LabelSelectorRequirement> requirements) {
    return requirements == null || requirements.isEmpty();
  }

  private static boolean matches(LabelSelector selector, Map<String, String> labels) {
    Map<String, String> matchLabels = selector.getMatchLabels();
    if (matchLabels != null && !labels.entrySet().containsAll(matchLabels.entrySet())) {
      return false;
    }
    List<LabelSelectorRequirement> expressions = selector.getMatchExpressions();
    return expressions == null
        || expressions.stream().allMatch(requirement -> matches(requirement, labels));
  }

  /** As in apimachinery's labels.Requirement, NotIn also matches if the label is absent. */
  private static boolean matches(LabelSelectorRequirement requirement, Map<String, String> labels) {
    String value = labels.get(requirement.getKey());
    return switch (requirement.getOperator()) {
      case "In" -> value != null && requirement.getValues().contains(value);
      case "NotIn" -> value == null || !requirement.getValues().contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      default -> false;
    };
  }
}
