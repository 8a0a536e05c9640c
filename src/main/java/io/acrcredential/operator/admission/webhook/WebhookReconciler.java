// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.acrcredential.operator.admission.webhook.certificate.CertificateRotation;
import io.acrcredential.operator.admission.webhook.certificate.StoredCertificates;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Keeps the webhook's Secret and the {@code caBundle} of its configuration. Only the leader does;
 * every replica serves what is in the Secret.
 */
final class WebhookReconciler {

  private static final Logger LOG = Logger.getLogger(WebhookReconciler.class);

  private static final String TYPE = "kubernetes.io/tls";

  /** An edit of the Secret or of the configuration is reported by their informers. */
  private static final Duration MAX_WAIT = Duration.ofHours(12);

  private static final Duration MIN_WAIT = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final WebhookOptions options;
  private final CertificateRotation rotation;
  private final WriteFence fence;

  /**
   * What was done.
   *
   * @param published whether the {@code caBundle} was changed
   * @param again when to reconcile again; empty = not before one of the objects changes
   */
  record Result(boolean published, Optional<Duration> again) {
    private static final Result NOTHING = new Result(false, Optional.empty());
  }

  /** What was said about the installation, so that it is said once. */
  private String obstacle = "";

  WebhookReconciler(
      KubernetesClient client,
      WebhookOptions options,
      CertificateRotation rotation,
      WriteFence fence) {
    this.client = client;
    this.options = options;
    this.rotation = rotation;
    this.fence = fence;
  }

  /**
   * Reconciles both.
   *
   * @throws KubernetesClientException if the API server refuses, or the objects change meanwhile
   */
  Result reconcile() {
    WebhookConfiguration configuration = WebhookConfiguration.read(client, options.configuration());
    if (configuration == null) {
      report("the MutatingWebhookConfiguration " + options.configuration() + " does not exist");
      return Result.NOTHING;
    }
    List<String> names = configuration.serverNames();
    Secret secret = secret().get();
    if (secret != null && !TYPE.equals(secret.getType())) {
      report(
          "the Secret %s/%s is not of type %s: delete it"
              .formatted(options.namespace(), AdmissionWebhook.SECRET, TYPE));
      return Result.NOTHING;
    }
    Optional<StoredCertificates> stored =
        Optional.ofNullable(secret).flatMap(found -> StoredCertificates.parse(found.getData()));
    boolean published = stored.isPresent() && configuration.has(stored.get().caBundle());
    StoredCertificates desired = rotation.desired(stored, names, published);
    if (stored.isEmpty() || stored.get() != desired) {
      write(secret, desired);
    }
    boolean publish = !configuration.has(desired.caBundle());
    if (publish) {
      fence.permit("MutatingWebhookConfiguration", "patch");
      WebhookConfiguration.raw(client, options.configuration())
          .patch(configuration.patch(desired.caBundle()));
      rotation.onPublished();
    }
    report("");
    return new Result(publish, Optional.of(limited(rotation.untilChange(desired))));
  }

  private static Duration limited(Duration wait) {
    if (wait.compareTo(MAX_WAIT) > 0) {
      return MAX_WAIT;
    }
    return wait.compareTo(MIN_WAIT) < 0 ? MIN_WAIT : wait;
  }

  private void write(Secret before, StoredCertificates desired) {
    fence.permit("Secret", before == null ? "create" : "update");
    Secret secret =
        (before == null ? new SecretBuilder() : new SecretBuilder(before))
            .withType(TYPE)
            .withData(desired.data())
            .editOrNewMetadata()
            .withName(AdmissionWebhook.SECRET)
            .withNamespace(options.namespace())
            .addToLabels(Ownership.LABELS)
            .addToAnnotations(Ownership.annotations(options.namespace()))
            .endMetadata()
            .build();
    Resource<Secret> resource = client.secrets().inNamespace(options.namespace()).resource(secret);
    if (before == null) {
      resource.create();
    } else {
      resource.update();
    }
  }

  private Resource<Secret> secret() {
    return client.secrets().inNamespace(options.namespace()).withName(AdmissionWebhook.SECRET);
  }

  private void report(String now) {
    if (!now.isEmpty() && !now.equals(obstacle)) {
      LOG.warnf("The admission webhook is off: %s", now);
    }
    obstacle = now;
  }
}
