// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With messages of kube-apiserver 1.37. */
class ApiRefusalTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          NOT_PERMITTED       | 403 | secrets "s" is forbidden: User "u" cannot create resource "secrets" in API group "" in the namespace "team-a"
          QUOTA               | 403 | secrets "s" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=3, limited: secrets=3
          QUOTA               | 403 | secrets "s" is forbidden: status unknown for quota: q, resources: count/secrets
          ADMISSION           | 422 | secrets "s" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: false
          ADMISSION           | 403 | admission webhook "validate.kyverno.svc-fail" denied the request: no
          ADMISSION           | 409 | admission webhook "w" denied the request: no
          ADMISSION           | 400 | admission webhook "w" denied the request without explanation
          WEBHOOK_UNAVAILABLE | 500 | Internal error occurred: failed calling webhook "w": failed to call webhook: context deadline exceeded
          NOT_AUTHENTICATED   | 401 | Unauthorized
          FORBIDDEN           | 403 | secrets "s" is forbidden: cannot set blockOwnerDeletion
          INVALID             | 422 | Secret "s" is invalid: data: Too long: may not be more than 1048576 bytes
          CONFLICT            | 409 | Operation cannot be fulfilled on secrets "s": the object has been modified
          UNAVAILABLE         | 429 | too many requests
          UNAVAILABLE         | 503 | the server is currently unable to handle the request
          OTHER               | 413 | Request entity too large: limit is 3145728
          """)
  void tellsCausesApart(ApiRefusal expected, int code, String message) {
    // given
    KubernetesClientException refusal = refusal(code, message);

    // then
    assertThat(ApiRefusal.of(refusal)).isEqualTo(expected);
    assertThat(expected.message("pull Secret of namespace team-a", refusal))
        .startsWith("pull Secret of namespace team-a: ")
        .endsWith(message)
        .doesNotContain("null");
  }

  @Test
  void recognizesANamespaceThatIsTerminatingOrGone() {
    assertThat(
            ApiRefusal.of(
                new KubernetesClientException(
                    new StatusBuilder()
                        .withCode(403)
                        .withMessage("unable to create new content in namespace team-a")
                        .withNewDetails()
                        .addNewCause(
                            "metadata.namespace", "being terminated", "NamespaceTerminating")
                        .endDetails()
                        .build())))
        .isEqualTo(ApiRefusal.NAMESPACE_TERMINATING);
    assertThat(
            ApiRefusal.of(
                new KubernetesClientException(
                    new StatusBuilder()
                        .withCode(404)
                        .withMessage("namespaces \"team-a\" not found")
                        .withNewDetails()
                        .withKind("namespaces")
                        .endDetails()
                        .build())))
        .isEqualTo(ApiRefusal.NAMESPACE_TERMINATING);
  }

  @Test
  void saysThatThereWasNoAnswer() {
    // given
    KubernetesClientException unanswered =
        new KubernetesClientException(
            "Operation failed", new ConnectException("Connection refused"));

    // then
    assertThat(ApiRefusal.of(unanswered)).isEqualTo(ApiRefusal.NO_ANSWER);
    assertThat(ApiRefusal.NO_ANSWER.message("ServiceAccount team-a/default", unanswered))
        .isEqualTo(
            "ServiceAccount team-a/default: the API server does not answer: the connection was"
                + " refused");
  }

  @Test
  void onlyWhatAnotherPersonMustChangeIsPermanent() {
    assertThat(ApiRefusal.values())
        .filteredOn(ApiRefusal::isPermanent)
        .containsExactlyInAnyOrder(
            ApiRefusal.QUOTA,
            ApiRefusal.ADMISSION,
            ApiRefusal.NOT_PERMITTED,
            ApiRefusal.NOT_AUTHENTICATED,
            ApiRefusal.FORBIDDEN,
            ApiRefusal.INVALID);
  }

  private static KubernetesClientException refusal(int code, String message) {
    return new KubernetesClientException(
        new StatusBuilder().withCode(code).withMessage(message).build());
  }
}
