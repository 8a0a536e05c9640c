package io.acrcredential.operator.serviceaccount;

import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.Optional;

/**
 * Carries a {@link BindingDecision} out. Somebody else's write in between makes the patch's test
 * fail; then the object is read again and the patch made anew, so that no entry is ever lost.
 */
public final class ServiceAccountWriter {

  /** Under 1,000 interleaved writers a try loses often; after so many, others get their turn. */
  private static final int TRIES = 20;

  private static final int UNPROCESSABLE = 422;
  private static final PatchContext JSON_PATCH = PatchContext.of(PatchType.JSON);

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
    Optional<ServiceAccount> latest = Optional.empty();
    for (int tries = 1; ; tries++) {
      Optional<String> patch = decision.patch(observed, secret);
      if (patch.isEmpty()) {
        return latest;
      }
      try {
        gate.permit("ServiceAccount", "patch");
        return Optional.of(resource.patch(JSON_PATCH, patch.get()));
      } catch (KubernetesClientException e) {
        if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
          return Optional.empty();
        }
        boolean conflict =
            e.getCode() == UNPROCESSABLE || e.getCode() == HttpURLConnection.HTTP_CONFLICT;
        if (!conflict || tries == TRIES) {
          throw e;
        }
        ServiceAccount current = resource.get();
        if (current == null) {
          return Optional.empty();
        }
        boolean moved =
            !current.getMetadata().getResourceVersion().equals(observed.resourceVersion());
        if (!moved) {
          throw e;
        }
        observed = ObservedServiceAccount.of(current);
        latest = Optional.of(current);
      }
    }
  }
}
