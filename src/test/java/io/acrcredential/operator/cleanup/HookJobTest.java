// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HookJobTest {

  private static final String JOB = "acr-credential-operator/acr-credential-operator-cleanup";

  @ParameterizedTest
  @CsvSource({
    "helm, Update, of Helm 3.22 as recorded",
    "helm, Apply, of Helm 4.3 as recorded",
    "helm-controller, Update, of Flux's helm-controller 1.4.0 as recorded",
    "terraform-provider-helm_v3.0.2, Update, of Helm's library in another program"
  })
  void cleansUpIfHelmOrFluxCreatedTheJob(String manager, String operation, String why) {
    assertThat(HookJob.refusal(JOB, job(entry(manager, operation, null)))).as(why).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kubectl-client-side-apply",
        "kubectl",
        "kubectl-create",
        "kustomize-controller",
        "argocd-controller"
      })
  void refusesIfSomethingElseCreatedTheJob(String manager) {
    // given: the Job controller has written the status
    String json =
        job(
            entry(manager, "Update", null)
                + ", "
                + entry("kube-controller-manager", "Update", "status"));

    // then
    assertThat(HookJob.refusal(JOB, json))
        .hasValueSatisfying(
            refusal ->
                assertThat(refusal)
                    .startsWith("The Job " + JOB + " was created by " + manager + ", not by Helm")
                    .contains("nothing is removed", "--no-hooks", "docs/uninstall.md")
                    .doesNotContain("kube-controller-manager"));
  }

  @Test
  void aStatusWrittenByHelmDoesNotCount() {
    String json = job(entry("kubectl", "Apply", null) + ", " + entry("helm", "Update", "status"));

    assertThat(HookJob.refusal(JOB, json)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"metadata\": {\"managedFields\": []}}"})
  void refusesIfNobodyIsNamed(String json) {
    assertThat(HookJob.refusal(JOB, json))
        .hasValueSatisfying(refusal -> assertThat(refusal).contains("has no field manager"));
  }

  private static String job(String entries) {
    return "{\"kind\": \"Job\", \"metadata\": {\"managedFields\": [" + entries + "]}}";
  }

  private static String entry(String manager, String operation, String subresource) {
    String of = subresource == null ? "" : ", \"subresource\": \"" + subresource + "\"";
    return "{\"manager\": \"" + manager + "\", \"operation\": \"" + operation + "\"" + of + "}";
  }
}
