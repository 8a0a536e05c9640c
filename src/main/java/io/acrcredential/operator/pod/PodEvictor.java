// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.kubernetes.ApiRefusal;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.pod.PodAccess.Operation;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Set;

/** Evicts pods, by the version of the Eviction API that Kubernetes serves since 1.22. */
public final class PodEvictor {

  enum Result {
    EVICTED,
    /** The pod is gone, or it has changed and its watch event is on the way. */
    CHANGED,
    /** A later attempt may succeed. */
    POSTPONED,
    /** It does not succeed until someone changes the pod or an admission rule. */
    REFUSED,
    /** No pod can be evicted until someone changes the permissions of the operator. */
    NOT_PERMITTED
  }

  private static final Set<Integer> CHANGED =
      Set.of(HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_CONFLICT);

  private static final Set<ApiRefusal> OF_ALL_PODS =
      Set.of(ApiRefusal.NOT_PERMITTED, ApiRefusal.NOT_AUTHENTICATED);

  private final KubernetesClient client;
  private final WriteFence fence;
  private final PodAccess access;

  public PodEvictor(KubernetesClient client, WriteFence fence, PodAccess access) {
    this.client = client;
    this.fence = fence;
    this.access = access;
  }

  /**
   * Evicts the pod if it still is as it was observed: a pod that has started meanwhile stays.
   *
   * @throws WriteFence.NotLeadingException if this process does not lead
   */
  Result evict(String namespace, String name, ObservedPod observed) {
    fence.permit("Eviction", "create");
    try {
      boolean evicted =
          client
              .pods()
              .inNamespace(namespace)
              .withName(name)
              .evict(
                  new EvictionBuilder()
                      .withNewMetadata()
                      .withNamespace(namespace)
                      .withName(name)
                      .endMetadata()
                      .withDeleteOptions(
                          new DeleteOptionsBuilder()
                              .withNewPreconditions()
                              .withUid(observed.uid())
                              .withResourceVersion(observed.resourceVersion())
                              .endPreconditions()
                              .build())
                      .build());
      access.onPermitted(Operation.EVICT);
      return evicted ? Result.EVICTED : Result.POSTPONED;
    } catch (KubernetesClientException e) {
      if (CHANGED.contains(e.getCode())) {
        return Result.CHANGED;
      }
      ApiRefusal refusal = ApiRefusal.of(e);
      if (!refusal.isPermanent()) {
        return Result.POSTPONED;
      }
      access.onRefused(Operation.EVICT, "pod " + namespace + "/" + name, e);
      return OF_ALL_PODS.contains(refusal) ? Result.NOT_PERMITTED : Result.REFUSED;
    }
  }
}
