// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;

/**
 * Why the API server did not do what it was asked to. Several causes share a status code: 403 comes
 * from RBAC, quota, admission and terminating namespaces, so the message of the API server decides.
 * Its texts are those of Kubernetes 1.16 to 1.37 (plugin/pkg/admission/resourcequota,
 * staging/src/k8s.io/apiserver/pkg/admission).
 */
public enum ApiRefusal {
  NO_ANSWER("the API server does not answer", false),
  NAMESPACE_TERMINATING("the namespace does not exist or is being deleted", false),
  QUOTA("a ResourceQuota of the namespace is exhausted, raise it or delete what it counts", true),
  WEBHOOK_UNAVAILABLE("an admission webhook cannot be called", false),
  ADMISSION("an admission rule denies the write, change the rule or exempt this object", true),
  NOT_PERMITTED("the operator lacks a permission, see src/main/kubernetes/rbac.yaml", true),
  NOT_AUTHENTICATED("the API server does not accept the operator's token", true),
  FORBIDDEN("the API server forbids the write", true),
  INVALID("the API server finds the object invalid", true),
  CONFLICT("other clients keep changing the object, and the write is retried", false),
  UNAVAILABLE("the API server cannot serve the request, which is retried", false),
  OTHER("the API server rejects the request", false);

  private static final List<String> RBAC_TEXTS = List.of("forbidden: User \"");
  private static final List<String> WEBHOOK_TEXTS = List.of("failed calling webhook");
  private static final List<String> QUOTA_TEXTS =
      List.of("exceeded quota", "status unknown for quota", "insufficient quota");
  private static final List<String> ADMISSION_TEXTS =
      List.of("admission webhook \"", "AdmissionPolicy '");

  private final String meaning;
  private final boolean permanent;

  ApiRefusal(String meaning, boolean permanent) {
    this.meaning = meaning;
    this.permanent = permanent;
  }

  /** Classifies the failure of a request. */
  public static ApiRefusal of(KubernetesClientException e) {
    if (e.getCode() <= 0) {
      return NO_ANSWER;
    }
    if (isNamespaceGone(e)) {
      return NAMESPACE_TERMINATING;
    }
    if (ExceptionText.refusalContains(e, WEBHOOK_TEXTS)) {
      return WEBHOOK_UNAVAILABLE;
    }
    if (ExceptionText.refusalContains(e, ADMISSION_TEXTS)) {
      return ADMISSION;
    }
    return byCode(e);
  }

  private static ApiRefusal byCode(KubernetesClientException e) {
    return switch (e.getCode()) {
      case HttpURLConnection.HTTP_UNAUTHORIZED -> NOT_AUTHENTICATED;
      case HttpURLConnection.HTTP_FORBIDDEN -> {
        if (ExceptionText.refusalContains(e, QUOTA_TEXTS)) {
          yield QUOTA;
        }
        yield ExceptionText.refusalContains(e, RBAC_TEXTS) ? NOT_PERMITTED : FORBIDDEN;
      }
      case HttpURLConnection.HTTP_CONFLICT -> CONFLICT;
      case ConflictRetry.UNPROCESSABLE -> INVALID;
      case RetryAfterInterceptor.TOO_MANY_REQUESTS -> UNAVAILABLE;
      default -> e.getCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR ? UNAVAILABLE : OTHER;
    };
  }

  /** A create says so with 403 while the namespace is terminating, and with 404 afterwards. */
  private static boolean isNamespaceGone(KubernetesClientException e) {
    Optional<StatusDetails> details = Optional.ofNullable(e.getStatus()).map(s -> s.getDetails());
    boolean terminating =
        details.map(StatusDetails::getCauses).stream()
            .flatMap(List::stream)
            .map(StatusCause::getReason)
            .anyMatch("NamespaceTerminating"::equals);
    boolean missing =
        e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
            && details.map(StatusDetails::getKind).filter("namespaces"::equals).isPresent();
    return terminating || missing;
  }

  /** Whether a retry cannot succeed until someone changes something. */
  public boolean isPermanent() {
    return permanent;
  }

  /**
   * One sentence for people.
   *
   * @param object what could not be written, with its namespace
   */
  public String message(String object, KubernetesClientException e) {
    return "%s: %s: %s".formatted(object, meaning, ExceptionText.of(e));
  }
}
