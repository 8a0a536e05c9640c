// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.RuntimeIdentity;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Makes the operator's ServiceAccount the owner of the Lease, so that the garbage collector deletes
 * the Lease with it, however the operator is uninstalled. Name and UID of the ServiceAccount are
 * claims of the pod's own token, so they need no request and no RBAC rule.
 */
public final class LeaseOwnerReference {

  private static final Logger LOG = Logger.getLogger(LeaseOwnerReference.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private LeaseOwnerReference() {}

  /** Does nothing outside a pod, or if the Lease is in another namespace than the pod. */
  public static void addTo(KubernetesClient client, String namespace) {
    try {
      RuntimeIdentity.serviceAccountToken()
          .flatMap(token -> fromToken(token, namespace))
          .ifPresent(owner -> add(client, namespace, owner));
    } catch (KubernetesClientException | IOException e) {
      // The admission plugin OwnerReferencesPermissionEnforcement, for one, needs more RBAC rules.
      LOG.infof(
          "The Lease %s/%s will stay behind when the operator is uninstalled: %s",
          namespace, LeaderElection.NAME, ExceptionText.of(e));
    }
  }

  private static void add(KubernetesClient client, String namespace, OwnerReference owner) {
    Resource<Lease> resource = client.leases().inNamespace(namespace).withName(LeaderElection.NAME);
    ConflictRetry.run(
        resource.get(),
        resource::get,
        LeaseOwnerReference::version,
        lease -> {
          if (lease == null || lease.getMetadata().getOwnerReferences().contains(owner)) {
            return lease;
          }
          return patch(lease, owner).applyTo(client.resource(lease));
        });
  }

  /** Keeps the owners that others have added. */
  private static JsonPatch patch(Lease lease, OwnerReference owner) {
    String path = JsonPatch.pointer("metadata", "ownerReferences");
    JsonPatch patch = JsonPatch.ofVersion(version(lease));
    return lease.getMetadata().getOwnerReferences().isEmpty()
        ? patch.add(path, List.of(owner))
        : patch.add(path + "/-", owner);
  }

  private static String version(Lease lease) {
    return lease.getMetadata().getResourceVersion();
  }

  /**
   * The ServiceAccount that a token was issued to.
   *
   * @param token a JWT mounted by kubelet: a bound token with the claim {@code kubernetes.io}
   *     (Kubernetes 1.21 and newer), or the token of a Secret with the flat claims {@code
   *     kubernetes.io/serviceaccount/…}
   * @param namespace the namespace of the owned object, which must be the owner's too
   * @return empty if the token names no ServiceAccount, or one of another namespace
   */
  static Optional<OwnerReference> fromToken(String token, String namespace) {
    JsonNode claims = claims(token);
    JsonNode bound = claims.path("kubernetes.io");
    String flat = "kubernetes.io/serviceaccount/";
    String name =
        bound
            .path("serviceaccount")
            .path("name")
            .asText(claims.path(flat + "service-account.name").asText());
    String uid =
        bound
            .path("serviceaccount")
            .path("uid")
            .asText(claims.path(flat + "service-account.uid").asText());
    String tokenNamespace =
        bound.path("namespace").asText(claims.path(flat + "namespace").asText());
    if (name.isEmpty() || uid.isEmpty() || !tokenNamespace.equals(namespace)) {
      return Optional.empty();
    }
    return Optional.of(
        new OwnerReferenceBuilder()
            .withApiVersion("v1")
            .withKind("ServiceAccount")
            .withName(name)
            .withUid(uid)
            .build());
  }

  /** Does not verify the token: the API server verifies it with every request. */
  private static JsonNode claims(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return JSON.missingNode();
    }
    try {
      byte[] payload = Base64.getUrlDecoder().decode(parts[1]);
      return JSON.readTree(new String(payload, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException | JsonProcessingException e) {
      return JSON.missingNode();
    }
  }
}
