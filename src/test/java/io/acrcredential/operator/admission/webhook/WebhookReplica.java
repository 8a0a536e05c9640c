// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;

import io.acrcredential.operator.admission.webhook.certificate.CertificateRotation;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.kubernetes.ChangeHandler;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkerPool;
import io.acrcredential.operator.testkit.Manifests;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The webhook of one replica of the operator, in this JVM and with a clock of the test: server,
 * informers and the workers of a leader, but nothing else that binds ServiceAccounts.
 */
public final class WebhookReplica implements AutoCloseable {

  /** The name of the shipped MutatingWebhookConfiguration. */
  public static final String CONFIGURATION = "acr-credential-operator";

  private static final String NAMESPACE = "kube-system";

  private final Vertx vertx = Vertx.vertx();
  private final InformerRegistry informers = new InformerRegistry();
  private final WorkQueue<WorkItem> queue =
      new WorkQueue<>(System::nanoTime, failures -> Duration.ofMillis(100), WorkItem::namespace);
  private final WorkerPool workers;
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final AdmissionWebhook webhook;

  /**
   * Starts it.
   *
   * @param excluded namespaces that the operator must not touch
   * @param unbindingUsers users whose removal of the entry is left alone
   */
  public WebhookReplica(
      KubernetesClient client,
      int port,
      Clock clock,
      Set<String> excluded,
      Set<String> unbindingUsers) {
    ClusterCache cache = new ClusterCache(PULL_SECRET);
    webhook =
        new AdmissionWebhook(
            client,
            vertx,
            new WebhookOptions(
                CONFIGURATION, "127.0.0.1", port, NAMESPACE, PULL_SECRET, excluded, unbindingUsers),
            new CachedNamespaceLabels(cache, client, vertx),
            (kind, verb) -> {},
            queue,
            meters,
            clock);
    workers = new WorkerPool(queue, work -> webhook.reconcile(), (work, failure) -> {});
    informers.start(
        "namespaces", true, client.namespaces(), cache.namespaces, ChangeHandler.of(() -> {}));
    webhook.start(informers);
    workers.resume();
    webhook.enqueue();
  }

  /**
   * The shipped webhook configuration, for a webhook on this port of 127.0.0.1. Its timeout is
   * longer than as shipped: a loaded machine must not look like a webhook that does not answer.
   *
   * @param failurePolicy {@code Ignore} as shipped, or {@code Fail}
   */
  public static String configuration(int port, String failurePolicy) {
    String text = Manifests.shipped("admission-webhook/webhook.yaml").split("\n---\n")[0];
    return atPort(
        Manifests.replace(text, "failurePolicy: Ignore", "failurePolicy: " + failurePolicy), port);
  }

  private static String atPort(String text, int port) {
    return Manifests.replace(
        Manifests.replace(text, "timeoutSeconds: 2", "timeoutSeconds: 30"),
        """
              service:
                name: acr-credential-operator-webhook
                namespace: acr-credential-operator
                path: /mutate
        """
            .indent(0),
        "      url: https://127.0.0.1:" + port + "/mutate\n");
  }

  /** The same with the shipped webhook for pods, which is always {@code Ignore}. */
  public static String configurationWithPods(int port) {
    String pods = Manifests.shipped("inject-pods-webhook/webhook.yaml").split("\nwebhooks:\n")[1];
    return configuration(port, "Ignore") + "\n" + atPort(pods, port);
  }

  /** The {@code caBundle} of a CA that has nothing to do with any replica. */
  public static String caBundleOfSomebody() {
    return new CertificateRotation(Clock.systemUTC())
        .desired(Optional.empty(), List.of("somebody"), false)
        .caBundle();
  }

  @Override
  public void close() {
    informers.close();
    webhook.close();
    try {
      workers.stop(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    vertx.close();
  }
}
