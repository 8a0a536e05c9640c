// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.ArrayList;
import java.util.List;

/** Checks fields of a spec and collects what is wrong with them. */
final class FieldErrors {

  private final List<FieldError> errors = new ArrayList<>();

  void add(FieldError error) {
    errors.add(error);
  }

  List<FieldError> list() {
    return List.copyOf(errors);
  }

  /** Whether the value has the format; an error is recorded if it has not. */
  boolean check(String value, ValueFormat format, String field) {
    boolean valid = format.matches(value);
    if (!valid) {
      add(malformed(value, format, field));
    }
    return valid;
  }

  static FieldError malformed(String value, ValueFormat format, String field) {
    return new FieldError(field, printable(value), format.fix());
  }

  /** The valid values of the list; none if the list is too long. */
  List<String> check(List<String> values, int max, ValueFormat format, String field) {
    List<String> given = values == null ? List.of() : values;
    if (given.size() > max) {
      add(new FieldError(field, given.size() + " entries", "write " + max + " at most"));
      return List.of();
    }
    List<String> valid = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      if (check(given.get(i), format, field + "[" + i + "]")) {
        valid.add(given.get(i));
      }
    }
    return valid;
  }

  /** Applies the rules of apimachinery's ValidateLabelSelector. */
  void check(LabelSelector selector, String field) {
    if (selector == null || selector.getMatchExpressions() == null) {
      return;
    }
    List<LabelSelectorRequirement> requirements = selector.getMatchExpressions();
    for (int i = 0; i < requirements.size(); i++) {
      LabelSelectorRequirement requirement = requirements.get(i);
      if (!isValid(requirement)) {
        add(
            new FieldError(
                field + ".matchExpressions[" + i + "]",
                requirement.getOperator() == null ? "" : printable(requirement.getOperator()),
                "write a key and In or NotIn with values, or Exists or DoesNotExist without"));
      }
    }
  }

  private static boolean isValid(LabelSelectorRequirement requirement) {
    String operator = requirement.getOperator() == null ? "" : requirement.getOperator();
    boolean hasValues = requirement.getValues() != null && !requirement.getValues().isEmpty();
    return requirement.getKey() != null
        && switch (operator) {
          case "In", "NotIn" -> hasValues;
          case "Exists", "DoesNotExist" -> !hasValues;
          default -> false;
        };
  }

  /** The value in a short single line, without characters that change how the line is displayed. */
  private static String printable(String value) {
    if (value == null) {
      return "";
    }
    String head = value.length() > 80 ? value.substring(0, 80) + "…" : value;
    return head.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?");
  }
}
