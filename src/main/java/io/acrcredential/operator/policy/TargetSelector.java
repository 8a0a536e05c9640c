package io.acrcredential.operator.policy;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which objects are meant, by name, by labels, or by both.
 *
 * @param names the names meant; null = any
 * @param selector the labels meant; null = any
 * @param exclude names never meant
 */
public record TargetSelector(Set<String> names, LabelSelector selector, Set<String> exclude) {

  private static final List<String> DEFAULT = List.of("default");

  /**
   * Compiles a target: absent = {@code default}; names absent with a selector = any that match;
   * {@code ["*"]} = all; both given = both must match.
   */
  public static TargetSelector of(
      List<String> names, LabelSelector selector, List<String> exclude) {
    List<String> wanted = names == null || names.isEmpty() ? null : names;
    if (wanted == null && selector == null) {
      wanted = DEFAULT;
    }
    boolean any = wanted == null || wanted.contains("*");
    return new TargetSelector(
        any ? null : named(wanted), selector, exclude == null ? Set.of() : named(exclude));
  }

  /** A server that checks no schema lets null entries through. */
  private static Set<String> named(List<String> names) {
    return names.stream().filter(Objects::nonNull).collect(Collectors.toUnmodifiableSet());
  }

  /** Whether an object of this name with these labels (null = none) is meant. */
  public boolean matches(String name, Map<String, String> labels) {
    return (names == null || names.contains(name))
        && !exclude.contains(name)
        && (selector == null || matches(selector, labels == null ? Map.of() : labels));
  }

  private static boolean matches(LabelSelector selector, Map<String, String> labels) {
    Map<String, String> exact = selector.getMatchLabels();
    if (exact != null && !labels.entrySet().containsAll(exact.entrySet())) {
      return false;
    }
    List<LabelSelectorRequirement> expressions = selector.getMatchExpressions();
    return expressions == null || expressions.stream().allMatch(e -> matches(e, labels));
  }

  /** As apimachinery's labels.Requirement: NotIn also holds where the label is absent. */
  private static boolean matches(LabelSelectorRequirement rule, Map<String, String> labels) {
    String value = labels.get(rule.getKey());
    return switch (rule.getOperator()) {
      case "In" -> value != null && rule.getValues().contains(value);
      case "NotIn" -> value == null || !rule.getValues().contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      default -> false;
    };
  }
}
