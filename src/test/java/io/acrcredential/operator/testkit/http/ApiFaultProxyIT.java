// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.acrcredential.operator.testkit.http.ApiFaultProxy.RequestFault;
import io.acrcredential.operator.testkit.http.ApiFaultProxy.WatchEffect;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests and watches pass the proxy, except where they are to go wrong. */
@RequiresRealCluster
class ApiFaultProxyIT {

  private OperatorTestEnvironment env;
  private ApiFaultProxy proxy;
  private KubernetesClient client;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    env = OperatorTestEnvironment.create();
    env.createNamespace("team", Map.of());
    proxy = ApiFaultProxy.start(URI.create(env.client.getMasterUrl().toString()), folder);
    Config config =
        new ConfigBuilder(env.client.getConfiguration())
            .withMasterUrl(proxy.address().toString())
            .withCaCertData(null)
            .withCaCertFile(folder.resolve("ca.crt").toString())
            .withRequestRetryBackoffLimit(0)
            .build();
    client = new KubernetesClientBuilder().withConfig(config).build();
  }

  @AfterEach
  void close() {
    client.close();
    proxy.close();
    env.close();
  }

  @Test
  void requestsAndWatchesPass() {
    // given
    try (SharedIndexInformer<ServiceAccount> accounts =
        client.serviceAccounts().inNamespace("team").inform()) {
      // when
      env.createServiceAccount("team", "first");
      Awaits.soon().until(() -> accounts.getStore().list().size() == 2);

      // when watches expire, or events come twice
      proxy.onWatches(WatchEffect.EXPIRE);
      env.createServiceAccount("team", "second");
      Awaits.soon().until(() -> proxy.struck() > 0);
      proxy.onWatches(WatchEffect.DUPLICATE);
      Awaits.soon().until(() -> accounts.getStore().list().size() == 3);
      env.createServiceAccount("team", "third");
      Awaits.soon().until(() -> accounts.getStore().list().size() == 4);

      // when they are cut off
      int struck = proxy.struck();
      proxy.onWatches(WatchEffect.TRUNCATE);
      env.createServiceAccount("team", "fourth");
      Awaits.soon().until(() -> proxy.struck() > struck);
      proxy.onWatches(WatchEffect.NONE);

      // then
      Awaits.soon().until(() -> accounts.getStore().list().size() == 5);
    }
  }

  @Test
  void requestsGoWrong() {
    // when
    RequestFault refusal = RequestFault.refusal(503);
    proxy.add(refusal);

    // then
    assertThatThrownBy(() -> client.namespaces().withName("team").get())
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(503));
    proxy.remove(refusal);

    // when
    RequestFault lost = RequestFault.lostAnswer().of(1, true);
    proxy.add(lost);

    // then
    assertThatThrownBy(() -> Edits.edit(client.namespaces().withName("team"), this::labelled))
        .isInstanceOf(KubernetesClientException.class);
    assertThat(client.namespaces().withName("team").get().getMetadata().getLabels())
        .containsKey("written");
    proxy.remove(lost);

    // when
    proxy.add(RequestFault.truncatedAnswer());

    // then
    assertThatThrownBy(() -> client.namespaces().withName("team").get())
        .isInstanceOf(KubernetesClientException.class);
  }

  @Test
  void requestsWait() {
    // given
    CompletableFuture<Void> released = proxy.hold(uri -> uri.endsWith("/namespaces/team"));

    // when
    CompletableFuture<Namespace> held =
        CompletableFuture.supplyAsync(() -> client.namespaces().withName("team").get());
    client.namespaces().withName("default").get();

    // then
    assertThat(held).isNotDone();
    released.complete(null);
    assertThat(held.join()).isNotNull();
    assertThat(client.namespaces().withName("team").get()).isNotNull();
  }

  private Namespace labelled(Namespace namespace) {
    namespace.getMetadata().getLabels().put("written", "yes");
    return namespace;
  }
}
