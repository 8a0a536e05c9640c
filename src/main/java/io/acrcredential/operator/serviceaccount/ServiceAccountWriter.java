// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.FieldOwners;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.RawObject;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Executes a {@link BindingDecision}. If another client writes in between, the test of the patch
 * fails; the object is then read again and the patch computed again, so that no entry is lost.
 *
 * <p>The list stays with the client that applied it. Where the API server adds the entry at
 * admission, an empty patch is enough, and changes no owner. Elsewhere a second patch gives the
 * list back.
 */
public final class ServiceAccountWriter {

  private static final String LIST = "imagePullSecrets";

  private final KubernetesClient client;
  private final String secret;
  private final WriteFence fence;
  private final AdmissionBinding admission;

  /**
   * @param secret the name of the pull Secret in every namespace
   */
  public ServiceAccountWriter(
      KubernetesClient client, String secret, WriteFence fence, AdmissionBinding admission) {
    this.client = client;
    this.secret = secret;
    this.fence = fence;
    this.admission = admission;
  }

  /**
   * Patches the list to its desired state.
   *
   * @param boundAtCreation whether the API server is expected to add the entry at admission
   * @return the ServiceAccount as last read or written; empty if it needed no patch or is deleted
   * @throws EntryRestoredException if admission adds the entry that was removed
   * @throws KubernetesClientException if the API server refuses, or conflicts do not end
   */
  public Optional<ServiceAccount> write(
      String namespace,
      String name,
      ObservedServiceAccount observed,
      BindingDecision decision,
      boolean boundAtCreation) {
    RawObject account = rawObject(client, namespace, name);
    BooleanSupplier mayBind =
        () -> decision == BindingDecision.APPEND && boundAtCreation && admission.mayBind(namespace);
    Optional<JsonNode> result =
        ConflictRetry.run(
            new Snapshot(observed, null),
            () -> read(account),
            snapshot -> snapshot.observed().resourceVersion(),
            snapshot -> write(account, snapshot, decision, mayBind));
    result
        .filter(object -> decision == BindingDecision.REMOVE && hasEntry(object))
        .ifPresent(
            object -> {
              throw new EntryRestoredException(namespace, name);
            });
    return result.map(this::typed);
  }

  static RawObject rawObject(KubernetesClient client, String namespace, String name) {
    return new RawObject(
        client, "/api/v1/namespaces/%s/serviceaccounts/%s".formatted(namespace, name));
  }

  private Optional<JsonNode> write(
      RawObject account, Snapshot snapshot, BindingDecision decision, BooleanSupplier mayBind) {
    if (snapshot == null) {
      return Optional.empty();
    }
    if (decision.patch(snapshot.observed(), secret).isEmpty()) {
      return Optional.ofNullable(snapshot.object());
    }
    Snapshot current = snapshot;
    if (mayBind.getAsBoolean()) {
      JsonNode reply = patch(account, JsonPatch.ofVersion(snapshot.observed().resourceVersion()));
      admission.onEmptyPatch(hasEntry(reply));
      if (hasEntry(reply)) {
        return Optional.of(reply);
      }
      current = snapshot(reply);
    } else if (snapshot.object() == null && hasEntriesOfOthers(snapshot.observed())) {
      current = read(account);
    }
    return current == null ? Optional.empty() : writeDirectly(account, current, decision);
  }

  /** Without help of admission. */
  private Optional<JsonNode> writeDirectly(
      RawObject account, Snapshot snapshot, BindingDecision decision) {
    Optional<JsonPatch> patch = decision.patch(snapshot.observed(), secret);
    if (patch.isEmpty()) {
      return Optional.ofNullable(snapshot.object());
    }
    JsonNode written = patch(account, patch.get());
    FieldOwners before =
        snapshot.object() == null ? FieldOwners.UNKNOWN : FieldOwners.of(snapshot.object());
    return Optional.of(
        before.restore(written, LIST).map(owners -> patch(account, owners)).orElse(written));
  }

  private JsonNode patch(RawObject account, JsonPatch patch) {
    fence.permit("ServiceAccount", "patch");
    return account.patch(patch);
  }

  private Snapshot read(RawObject account) {
    JsonNode object = account.get();
    return object == null ? null : snapshot(object);
  }

  private Snapshot snapshot(JsonNode object) {
    return new Snapshot(ObservedServiceAccount.of(typed(object)), object);
  }

  private ServiceAccount typed(JsonNode object) {
    return typed(client, object);
  }

  static ServiceAccount typed(KubernetesClient client, JsonNode object) {
    return client.getKubernetesSerialization().convertValue(object, ServiceAccount.class);
  }

  private boolean hasEntry(JsonNode object) {
    return hasEntry(object, secret);
  }

  static boolean hasEntry(JsonNode account, String secret) {
    for (JsonNode entry : account.path(LIST)) {
      if (entry.path("name").asText().equals(secret)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasEntriesOfOthers(ObservedServiceAccount account) {
    return account.imagePullSecrets().stream().anyMatch(entry -> !entry.equals(secret));
  }

  /**
   * A state of the ServiceAccount.
   *
   * @param object null = only what the record store has of it is known
   */
  private record Snapshot(ObservedServiceAccount observed, JsonNode object) {}
}
