// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.yaml.UnreadableException;
import java.util.ArrayList;
import java.util.List;

/** The findings of one parse, in the order in which the steps report them. */
final class Findings {

  private static final int UNREADABLE_LOSS = 10_000;
  private static final int ITEM_LOSS = 10;

  private final List<Finding> findings = new ArrayList<>();

  void add(String cause, String message) {
    findings.add(new Finding(cause, message));
  }

  /** Runs a step; returns false, and reports why, where it cannot read its text. */
  boolean attempt(Step step) {
    try {
      step.run();
      return true;
    } catch (UnreadableException e) {
      add(Finding.UNREADABLE, e.getMessage() + ". Until then nothing is changed");
      return false;
    }
  }

  boolean hasUnreadable() {
    return findings.stream().anyMatch(f -> f.cause().equals(Finding.UNREADABLE));
  }

  /** How much of the ConfigMap is not used; 0 = everything is. */
  int loss() {
    return findings.stream()
        .mapToInt(
            f ->
                switch (f.cause()) {
                  case Finding.UNREADABLE -> UNREADABLE_LOSS;
                  case Finding.ITEM_IGNORED -> ITEM_LOSS;
                  case Finding.UNKNOWN_KEY -> 1;
                  default -> 0;
                })
        .sum();
  }

  List<Finding> all() {
    return List.copyOf(findings);
  }

  interface Step {
    void run() throws UnreadableException;
  }
}
