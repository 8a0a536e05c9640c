// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.List;

/**
 * Stands in for kube-controller-manager where there is none: a Namespace has a ServiceAccount
 * {@code default}, and takes its ServiceAccounts and Secrets with it when it goes.
 */
final class NamespaceController implements ResourceEventHandler<Namespace>, AutoCloseable {

  private final KubernetesClient client;
  private final SharedIndexInformer<Namespace> namespaces;
  private volatile boolean closing;

  NamespaceController(KubernetesClient client) {
    this.client = client;
    for (String name : List.of("default", "kube-system", "kube-public", "kube-node-lease")) {
      unlessThere(
          () ->
              client
                  .namespaces()
                  .resource(
                      new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
                  .create());
      createServiceAccount(
          name); // at once: tests may count on it, as dev/cluster start waits for it
    }
    this.namespaces = client.namespaces().inform(this);
  }

  @Override
  public void onAdd(Namespace namespace) {
    createServiceAccount(namespace.getMetadata().getName());
  }

  @Override
  public void onUpdate(Namespace before, Namespace after) {}

  @Override
  public void onDelete(Namespace namespace, boolean deletedFinalStateUnknown) {
    String name = namespace.getMetadata().getName();
    client.serviceAccounts().inNamespace(name).delete();
    client.secrets().inNamespace(name).delete();
  }

  private void createServiceAccount(String namespace) {
    unlessThere(
        () ->
            client
                .serviceAccounts()
                .inNamespace(namespace)
                .resource(
                    new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName("default")
                        .endMetadata()
                        .build())
                .create());
  }

  private void unlessThere(Runnable create) {
    try {
      create.run();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && !closing) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    closing = true;
    namespaces.close();
  }
}
