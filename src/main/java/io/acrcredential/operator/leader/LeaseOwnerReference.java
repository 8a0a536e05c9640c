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
 * The ServiceAccount that the operator runs as owns the Lease, so that the garbage collector
 * removes it with that, however the operator is uninstalled. Name and UID are claims of the pod's
 * own token: no request and no right is needed to learn them.
 */
public final class LeaseOwnerReference {

  private static final Logger LOG = Logger.getLogger(LeaseOwnerReference.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private LeaseOwnerReference() {}

  /** Does nothing outside a pod, or where the Lease is in another namespace than the pod. */
  public static void claim(KubernetesClient client, String namespace) {
    try {
      RuntimeIdentity.token()
          .flatMap(token -> ofToken(token, namespace))
          .ifPresent(owner -> claim(client, namespace, owner));
    } catch (KubernetesClientException | IOException e) {
      // Such as the admission plugin OwnerReferencesPermissionEnforcement, which asks for more.
      LOG.infof(
          "The Lease %s/%s will stay behind when the operator is uninstalled: %s",
          namespace, LeaderElection.NAME, ExceptionText.of(e));
    }
  }

  private static void claim(KubernetesClient client, String namespace, OwnerReference owner) {
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

  /** Owners that are there stay: whoever put them there had a reason. */
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
   * The ServiceAccount that the token was issued to.
   *
   * @param token a JWT of kubelet's: with the claim {@code kubernetes.io} (bound tokens, Kubernetes
   *     1.21 and newer), or the flat {@code kubernetes.io/serviceaccount/…} (those of Secrets)
   * @param namespace where the owned object is: an owner is in the same one, or it is none
   * @return empty where it says nothing of that, or of another namespace
   */
  static Optional<OwnerReference> ofToken(String token, String namespace) {
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
    String home = bound.path("namespace").asText(claims.path(flat + "namespace").asText());
    if (name.isEmpty() || uid.isEmpty() || !home.equals(namespace)) {
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

  /**
   * Not verified: the API server does that at every request, and refuses a UID that is not there.
   */
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
