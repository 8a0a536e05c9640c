// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Whether admission policies confine the identity that this process uses. The policies name that
 * identity, and a wrong name confines nobody without any sign, so only a denied write proves it.
 */
final class ConfinementCheck {

  private static final Logger LOG = Logger.getLogger(ConfinementCheck.class);

  /** No manifest allows it, and the dry run does not create it. */
  static final String SECRET = "acr-credential-confinement-check";

  /** The last answer: 1 = confined, 0 = not confined, NaN = not known. */
  private volatile double result = Double.NaN;

  private final KubernetesClient client;
  private final String namespace;

  /**
   * @param namespace the credentials namespace
   */
  ConfinementCheck(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /**
   * The value of the metric {@code acr_operator_confined}: 1 = confined, 0 = not confined, NaN =
   * not known.
   */
  double metric() {
    return result;
  }

  /**
   * Sends one create request with {@code dryRun=All}, which the API server must deny, and logs the
   * result. Throws nothing.
   */
  void run() {
    try {
      Secret secret =
          new SecretBuilder()
              .withNewMetadata()
              .withName(SECRET)
              .withNamespace(namespace)
              .endMetadata()
              .withType("Opaque")
              .build();
      client.resource(secret).dryRun().create();
      result = 0;
      LOG.warn(
          "No admission policy confines the operator's identity: whoever steals its token can create"
              + " any Secret in any namespace, and through one get the token of any ServiceAccount."
              + " Install the policies of the chart (confinement.enabled) or of"
              + " src/main/kubernetes/confinement. If they are installed, they name another"
              + " ServiceAccount than that of this pod, or only audit. See docs/threat-model.md");
    } catch (KubernetesClientException e) {
      if (isDeniedByPolicy(e)) {
        result = 1;
        LOG.info("Admission policies confine the operator's identity");
      } else {
        LOG.warnf(
            "Cannot find out whether admission policies confine the operator's identity: %s",
            ExceptionText.of(e));
      }
    }
  }

  /** A ValidatingAdmissionPolicy denies with the reason Invalid by default. */
  private static boolean isDeniedByPolicy(KubernetesClientException e) {
    return e.getCode() == ConflictRetry.UNPROCESSABLE
        && ExceptionText.refusalContains(e, List.of("ValidatingAdmissionPolicy"));
  }
}
