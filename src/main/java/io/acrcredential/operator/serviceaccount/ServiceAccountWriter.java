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
 * Carries a {@link BindingDecision} out. Somebody else's write in between makes the patch's test
 * fail; then the object is read again and the patch made anew, so that no entry is ever lost.
 */
public final class ServiceAccountWriter {

  private final KubernetesClient client;
  private final String secret;
  private final WriteFence gate;

  /**
   * @param secret the name of the pull Secret in every namespace
   */
  public ServiceAccountWriter(KubernetesClient client, String secret, WriteFence gate) {
    this.client = client;
    this.secret = secret;
    this.gate = gate;
  }

  /**
   * Makes the list right.
   *
   * @return the ServiceAccount as it is now; empty where it was right already or is gone
   * @throws KubernetesClientException where the API server refuses, or others keep winning
   */
  public Optional<ServiceAccount> write(
      String namespace, String name, ObservedServiceAccount observed, BindingDecision decision) {
    // Given an object, the client does not read it before it patches: one request, not two.
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
    gate.permit("ServiceAccount", "patch");
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
