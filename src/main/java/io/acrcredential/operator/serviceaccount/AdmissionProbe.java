// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.RawObject;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;

/**
 * Finds out by a dry run whether the API server adds the entry at admission: the operator may not
 * read admission policies, and one that exists may still not work.
 */
public final class AdmissionProbe {

  private final KubernetesClient client;
  private final String secret;

  /**
   * @param secret the name of the pull Secret in every namespace
   */
  public AdmissionProbe(KubernetesClient client, String secret) {
    this.client = client;
    this.secret = secret;
  }

  /**
   * Removes the entry in a dry run.
   *
   * @param namespace of a ServiceAccount that a policy covers
   * @return whether admission adds it again; empty if the ServiceAccount does not exist
   * @throws KubernetesClientException if the API server refuses the dry run
   */
  public Optional<Boolean> isEntryAdded(String namespace, String name) {
    RawObject account = ServiceAccountWriter.rawObject(client, namespace, name);
    return ConflictRetry.run(
        account.get(),
        account::get,
        object -> object.at("/metadata/resourceVersion").asText(),
        object -> object == null ? Optional.empty() : isEntryAdded(account, object));
  }

  private Optional<Boolean> isEntryAdded(RawObject account, JsonNode object) {
    ObservedServiceAccount observed =
        ObservedServiceAccount.of(ServiceAccountWriter.typed(client, object));
    JsonPatch patch =
        BindingDecision.REMOVE
            .patch(observed, secret)
            .orElseGet(() -> JsonPatch.ofVersion(observed.resourceVersion()));
    return Optional.of(ServiceAccountWriter.hasEntry(account.dryRun(patch), secret));
  }
}
