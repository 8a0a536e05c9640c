// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.cleanup.CleanupReport.Done;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

class CleanupReportTest {

  private final CleanupReport report = new CleanupReport();

  @Test
  void countsInSingularAndPlural() {
    // when
    report.done(Done.POLICIES);
    report.done(Done.PULL_SECRETS);
    report.done(Done.PULL_SECRETS);

    // then
    assertThat(report.text())
        .contains(" 1 policy deleted", " 2 pull Secrets removed", " 0 imagePullSecrets entries");
  }

  /** The same status has several causes, and only one of them is a missing permission. */
  @Test
  void advisesByCauseAndNotByStatus() {
    // when
    report.failed("namespace a", refusal("secrets \"s\" is forbidden: User \"u\" cannot delete"));
    report.failed("namespace b", refusal("admission webhook \"w\" denied the request: no"));
    report.failed("namespace c", refusal("secrets \"s\" is forbidden: exceeded quota: q"));

    // then
    assertThat(report.failures().get("namespace a")).contains("cleanup.yaml");
    assertThat(report.failures().get("namespace b"))
        .contains("an admission rule")
        .doesNotContain("cleanup.yaml");
    assertThat(report.failures().get("namespace c")).doesNotContain("cleanup.yaml");
  }

  private static KubernetesClientException refusal(String message) {
    return new KubernetesClientException(
        new StatusBuilder().withCode(403).withMessage(message).build());
  }
}
