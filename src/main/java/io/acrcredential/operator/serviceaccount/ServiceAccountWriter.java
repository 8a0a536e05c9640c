// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.Optional;

/**
 * Executes a {@link BindingDecision}. If another client writes in between, the test of the patch
 * fails; the object is then read again and the patch computed again, so that no entry is lost.
 */
public final class ServiceAccountWriter {

  private final KubernetesClient client;
  private final String secret;
  private final WriteFence fence;

  /**
   * @param secret the name of the pull Secret in every namespace
   */
  public ServiceAccountWriter(KubernetesClient client, String secret, WriteFence fence) {
    this.client = client;
    this.secret = secret;
    this.fence = fence;
  }

  /**
   * Patches the list to its desired state.
   *
   * @return the ServiceAccount as last read or written; empty if it needed no patch or is deleted
   * @throws KubernetesClientException if the API server refuses, or conflicts do not end
   */
  public Optional<ServiceAccount> write(
      String namespace, String name, ObservedServiceAccount observed, BindingDecision decision) {
    // Made from an object, not from a name, because the client then patches without a GET.
    Resource<ServiceAccount> resource =
        client
            .serviceAccounts()
            .inNamespace(namespace)
            .resource(
                new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName(name)
                    .endMetadata()
                    .build());
    return ConflictRetry.run(
        new Snapshot(observed, null),
        () -> Snapshot.of(resource.get()),
        snapshot -> snapshot.observed().resourceVersion(),
        snapshot -> write(resource, snapshot, decision));
  }

  private Optional<ServiceAccount> write(
      Resource<ServiceAccount> resource, Snapshot snapshot, BindingDecision decision) {
    if (snapshot == null) {
      return Optional.empty();
    }
    Optional<JsonPatch> patch = decision.patch(snapshot.observed(), secret);
    if (patch.isEmpty()) {
      return Optional.ofNullable(snapshot.object());
    }
    fence.permit("ServiceAccount", "patch");
    return Optional.of(patch.get().applyTo(resource));
  }

  /**
   * A state of the ServiceAccount.
   *
   * @param object null = the caller knows it already
   */
  private record Snapshot(ObservedServiceAccount observed, ServiceAccount object) {
    static Snapshot of(ServiceAccount object) {
      return object == null ? null : new Snapshot(ObservedServiceAccount.of(object), object);
    }
  }
}
