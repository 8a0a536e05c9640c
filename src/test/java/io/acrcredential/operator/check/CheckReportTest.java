// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.cli.Verdict;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckReportTest {

  private static final Step REGION = Step.ok("region", "", "cn-hangzhou (--region)");
  private static final Step DENIED =
      new Step(
          "token",
          "instance cri-abc in cn-hangzhou",
          Verdict.BROKEN,
          "User not authorized",
          "Forbidden.RAM",
          "The RAM policy lacks cr:GetAuthorizationToken: add it.",
          "request-1");

  @Test
  void textNamesTheFirstBrokenStepAndItsAdvice() {
    assertThat(report(REGION, DENIED).text())
        .isEqualToNormalizingNewlines(
            """
            acr-credential-operator 0.1.0, check at 2026-01-01T00:00:00Z
            ok       region      cn-hangzhou (--region)

            instance cri-abc in cn-hangzhou
            BROKEN   token       Forbidden.RAM: User not authorized
                                 → The RAM policy lacks cr:GetAuthorizationToken: add it.
                                 request ID request-1

            Something is broken: follow the advice (→) of the first BROKEN step.
            """);
  }

  @Test
  void dataHasWhatTheTextHas() {
    assertThat(report(REGION, DENIED).data().toString())
        .isEqualTo(
            "{\"version\":\"0.1.0\",\"at\":\"2026-01-01T00:00:00Z\",\"verdict\":\"broken\","
                + "\"steps\":[{\"name\":\"region\",\"verdict\":\"ok\","
                + "\"text\":\"cn-hangzhou (--region)\"},"
                + "{\"name\":\"token\",\"verdict\":\"broken\",\"text\":\"User not authorized\","
                + "\"registry\":\"instance cri-abc in cn-hangzhou\",\"code\":\"Forbidden.RAM\","
                + "\"advice\":\"The RAM policy lacks cr:GetAuthorizationToken: add it.\","
                + "\"requestId\":\"request-1\"}]}");
  }

  @Test
  void exitCodeIsThatOfTheWorstStep() {
    assertThat(report(REGION).verdict().exitCode()).isZero();
    assertThat(report(REGION, DENIED.inconclusive()).verdict().exitCode()).isEqualTo(2);
    assertThat(report(DENIED.inconclusive(), DENIED).verdict().exitCode()).isEqualTo(1);
  }

  private static CheckReport report(Step... steps) {
    return new CheckReport("0.1.0", Instant.parse("2026-01-01T00:00:00Z"), List.of(steps));
  }
}
