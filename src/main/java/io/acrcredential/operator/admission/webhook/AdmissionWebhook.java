// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.acrcredential.operator.admission.webhook.certificate.CertificateRotation;
import io.acrcredential.operator.admission.webhook.certificate.StoredCertificates;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;

/**
 * The admission webhook of this process. Every replica serves it, with the certificate in the
 * Secret {@value #SECRET}; the leader keeps that Secret and the {@code caBundle}.
 */
public final class AdmissionWebhook implements AutoCloseable {

  /** The Secret with the certificate; the name is fixed, because RBAC grants it by name. */
  public static final String SECRET = "acr-credential-webhook";

  /** Until then, API servers know that this pod is not ready any more. */
  static final Duration DRAIN = Duration.ofSeconds(2);

  private static final ResourceDefinitionContext CONFIGURATIONS =
      new ResourceDefinitionContext.Builder()
          .withGroup("admissionregistration.k8s.io")
          .withVersion("v1")
          .withKind("MutatingWebhookConfiguration")
          .withPlural("mutatingwebhookconfigurations")
          .withNamespaced(false)
          .build();

  private final KubernetesClient client;
  private final WebhookOptions options;
  private final WorkQueue<WorkItem> queue;
  private final CoveringPolicies policies = new CoveringPolicies();
  private final WebhookServer server;
  private final WebhookReconciler reconciler;

  public AdmissionWebhook(
      KubernetesClient client,
      Vertx vertx,
      WebhookOptions options,
      NamespaceLabels namespaces,
      WriteFence fence,
      WorkQueue<WorkItem> queue,
      MeterRegistry meters,
      Clock clock) {
    this.client = client;
    this.options = options;
    this.queue = queue;
    this.server =
        new WebhookServer(
            vertx,
            options.host(),
            options.port(),
            new AdmissionReviewer(
                policies,
                namespaces,
                new EntryPatch(options.pullSecret()),
                options.excluded(),
                options.unbindingUsers()),
            meters);
    this.reconciler = new WebhookReconciler(client, options, new CertificateRotation(clock), fence);
  }

  /** Starts to watch what is served; the server listens once it knows the policies. */
  public void start(InformerRegistry informers) {
    if (!options.isEnabled()) {
      return;
    }
    var observed =
        informers.start(
            "policies for the admission webhook",
            false,
            client.resources(AcrCredentialPolicy.class),
            null,
            new ChangeHandler<>(policies::put, policies::remove));
    // Without policies, each answer would be that no ServiceAccount gets the entry.
    informers.onSync(observed, () -> watchSecret(informers));
    informers.start(
        "MutatingWebhookConfiguration " + options.configuration(),
        false,
        client.genericKubernetesResources(CONFIGURATIONS).withName(options.configuration()),
        null,
        ChangeHandler.of(this::enqueue));
  }

  /** The server listens once there is a certificate. */
  private void watchSecret(InformerRegistry informers) {
    informers.start(
        "Secret " + options.namespace() + "/" + SECRET,
        false,
        client.secrets().inNamespace(options.namespace()).withName(SECRET),
        null,
        new ChangeHandler<>(this::onSecret, secret -> enqueue()));
  }

  private void onSecret(Secret secret) {
    StoredCertificates.parse(secret.getData()).ifPresent(stored -> server.serve(stored.active()));
    enqueue();
  }

  /** Requests {@link #reconcile}. Workers run only while this process leads. */
  public void enqueue() {
    if (options.isEnabled()) {
      queue.add(new WorkItem.ReconcileWebhook(), Priority.NORMAL);
    }
  }

  /**
   * Reconciles the certificate and the {@code caBundle}, on a worker.
   *
   * @return whether the {@code caBundle} has changed
   * @throws KubernetesClientException if the API server refuses
   */
  public boolean reconcile() {
    WebhookReconciler.Result result = reconciler.reconcile();
    result
        .again()
        .ifPresent(wait -> queue.addLater(new WorkItem.ReconcileWebhook(), Priority.BULK, wait));
    return result.published();
  }

  /** The names of the policies that it knows. */
  Set<String> policies() {
    return policies.names();
  }

  /**
   * Stops to serve without leaving a review unanswered; takes up to {@link #DRAIN} and two seconds
   * if it is served.
   */
  public void drain() throws InterruptedException {
    server.drain(DRAIN);
  }

  @Override
  public void close() {
    server.close();
  }
}
