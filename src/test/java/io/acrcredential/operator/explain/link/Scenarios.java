// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.Text;
import java.util.List;
import java.util.stream.Stream;

/** What tests of other packages need of the scenarios. */
public final class Scenarios {

  /**
   * A scenario.
   *
   * @param code of the finding that it leads to
   */
  public record Case(String name, String code, Text symptom, Facts facts, List<Finding> findings) {}

  private Scenarios() {}

  /** All of them, in the order of the links. */
  public static Stream<Case> all() {
    return Stream.of(Scenario.values())
        .map(
            scenario -> {
              Facts facts = scenario.facts().facts();
              return new Case(
                  scenario.name(),
                  scenario.code,
                  new Text(scenario.symptomEnglish, scenario.symptomChinese),
                  facts,
                  Chain.check(facts));
            });
  }
}
