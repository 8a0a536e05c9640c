// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static io.acrcredential.operator.admission.webhook.AdmissionWebhook.SECRET;
import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.admission.webhook.certificate.CertificateIssuer;
import io.acrcredential.operator.admission.webhook.certificate.CertificateRotation;
import io.acrcredential.operator.admission.webhook.certificate.StoredCertificates;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.FreePort;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.ManualTime;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The webhook and its certificate against a real API server, which verifies the certificate by the
 * {@code caBundle} in each call. The failure policy is {@code Fail}, so that a failed call is seen.
 */
@RequiresRealCluster
class WebhookIT {

  private static KubeCluster kube;
  private static KubernetesClient client;
  private final List<WebhookReplica> replicas = new ArrayList<>();
  private int port;

  @BeforeAll
  static void start() {
    kube = KubeCluster.start();
    client = kube.client();
    Manifests.create(client, Manifests.shipped("crd.yaml"));
    Awaits.soon()
        .ignoreException(KubernetesClientException.class)
        .until(
            () -> {
              Manifests.create(
                  client,
                  """
                  apiVersion: acrcredential.io/v1alpha1
                  kind: AcrCredentialPolicy
                  metadata: {name: all}
                  spec:
                    registries: [{instanceId: cri-abc}]
                    targets: {namespaces: {names: [default]}, serviceAccounts: {names: ['*']}}
                  """);
              return true;
            });
  }

  @AfterAll
  static void stop() {
    if (kube != null) {
      kube.close();
    }
  }

  @BeforeEach
  void choosePort() {
    port = FreePort.next();
  }

  @AfterEach
  void removeWebhook() {
    replicas.forEach(WebhookReplica::close);
    Manifests.delete(client, WebhookReplica.configuration(port, "Fail"));
    client.secrets().inNamespace("kube-system").withName(SECRET).delete();
  }

  private WebhookReplica replica(int onPort, Clock clock) {
    WebhookReplica replica = new WebhookReplica(client, onPort, clock, Set.of(), Set.of());
    replicas.add(replica);
    return replica;
  }

  private void install() {
    Manifests.create(client, WebhookReplica.configuration(port, "Fail"));
  }

  /** Creates a ServiceAccount in a dry run; throws if the webhook cannot be called. */
  private static List<String> entriesOfANewAccount() {
    ServiceAccount created =
        client
            .serviceAccounts()
            .inNamespace("default")
            .resource(
                new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withName("new")
                    .endMetadata()
                    .withImagePullSecrets(new LocalObjectReference("own"))
                    .build())
            .dryRun()
            .create();
    return created.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }

  private static void awaitWebhook() {
    Awaits.soon()
        .ignoreException(KubernetesClientException.class)
        .untilAsserted(
            () -> assertThat(entriesOfANewAccount()).containsExactly("own", PULL_SECRET));
  }

  private static Secret secret() {
    return client.secrets().inNamespace("kube-system").withName(SECRET).get();
  }

  private static StoredCertificates stored() {
    return StoredCertificates.parse(secret().getData()).orElseThrow();
  }

  private static String caBundle() {
    return WebhookConfiguration.raw(client, WebhookReplica.CONFIGURATION)
        .get()
        .at("/webhooks/0/clientConfig/caBundle")
        .asText();
  }

  @Test
  void startsWithoutASecret() {
    // given
    install();
    assertThat(secret()).isNull();

    // when
    replica(port, Clock.systemUTC());

    // then
    awaitWebhook();
    assertThat(secret().getType()).isEqualTo("kubernetes.io/tls");
    assertThat(caBundle()).isEqualTo(stored().caBundle());
  }

  @Test
  void bothOfTwoReplicasServeTheCertificateInTheSecret() throws Exception {
    // given
    install();
    int otherPort = FreePort.next();

    // when
    replica(port, Clock.systemUTC());
    replica(otherPort, Clock.systemUTC());

    // then
    awaitWebhook();
    for (int each : List.of(port, otherPort)) {
      Awaits.soon()
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(TlsPeer.certificate(each)).isEqualTo(stored().active().certificate()));
    }
    Awaits.steady().until(() -> caBundle().equals(stored().caBundle()));
  }

  @Test
  void rotatesUnderLoadWithoutOneRefusedRequest() throws Exception {
    // given a certificate that is due for renewal
    ManualTime time =
        new ManualTime(
            Instant.now()
                .minus(CertificateIssuer.LIFETIME)
                .plus(CertificateRotation.RENEW_BEFORE)
                .minusSeconds(60));
    install();
    WebhookReplica replica = replica(port, time.clock());
    awaitWebhook();
    X509Certificate first = stored().active().certificate();
    AtomicBoolean stopped = new AtomicBoolean();
    AtomicInteger requests = new AtomicInteger();
    ExecutorService load = Executors.newFixedThreadPool(4);
    List<Future<?>> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(
          load.submit(
              () -> {
                while (!stopped.get()) {
                  assertThat(entriesOfANewAccount()).containsExactly("own", PULL_SECRET);
                  requests.incrementAndGet();
                }
              }));
    }

    // when
    time.pass(Duration.between(time.now(), Instant.now()));
    replica.webhook.enqueue();
    Awaits.soon().until(() -> stored().next() != null && caBundle().equals(stored().caBundle()));
    assertThat(stored().active().certificate()).isEqualTo(first);
    time.pass(CertificateRotation.PUBLISH);
    replica.webhook.enqueue();
    Awaits.soon().until(() -> stored().next() == null);
    X509Certificate second = stored().active().certificate();
    Awaits.soon().until(() -> TlsPeer.certificate(port).equals(second));
    int before = requests.get();
    Awaits.soon().until(() -> requests.get() > before + 100);

    // then
    stopped.set(true);
    for (Future<?> each : clients) {
      each.get();
    }
    load.shutdown();
    assertThat(second).isNotEqualTo(first);
  }

  @Test
  void makesABrokenSecretAnew() {
    // given
    install();
    replica(port, Clock.systemUTC());
    awaitWebhook();
    String broken = Base64.getEncoder().encodeToString("broken".getBytes());

    for (Map<String, String> data :
        List.of(
            Map.of("tls.crt", "", "tls.key", ""), Map.of("tls.crt", broken, "tls.key", broken))) {
      // when
      StoredCertificates before = stored();
      Edits.edit(
          client.secrets().inNamespace("kube-system").withName(SECRET),
          secret -> {
            secret.setData(data);
            return secret;
          });

      // then
      Awaits.soon()
          .until(
              () ->
                  StoredCertificates.parse(secret().getData())
                      .filter(now -> !now.equals(before))
                      .isPresent());
      awaitWebhook();
    }

    // when it is deleted
    StoredCertificates before = stored();
    client.secrets().inNamespace("kube-system").withName(SECRET).delete();

    // then
    Awaits.soon().until(() -> secret() != null && !stored().equals(before));
    awaitWebhook();
  }

  @Test
  void healsAnEditedCaBundle() {
    // given
    install();
    replica(port, Clock.systemUTC());
    awaitWebhook();
    String bundle = caBundle();

    for (String edited : List.of("", WebhookReplica.caBundleOfSomebody())) {
      // when
      WebhookConfiguration.raw(client, WebhookReplica.CONFIGURATION)
          .patch(WebhookConfiguration.read(client, WebhookReplica.CONFIGURATION).patch(edited));

      // then
      Awaits.soon().until(() -> caBundle().equals(bundle));
      awaitWebhook();
    }
  }

  @Test
  void isOffWhileTheConfigurationDoesNotExist() {
    // given
    replica(port, Clock.systemUTC());
    Awaits.steady().until(() -> secret() == null);
    // The API server calls the deleted webhook of an earlier test for a moment.
    Awaits.soon()
        .ignoreException(KubernetesClientException.class)
        .untilAsserted(() -> assertThat(entriesOfANewAccount()).containsExactly("own"));

    // when
    install();

    // then
    awaitWebhook();
  }
}
