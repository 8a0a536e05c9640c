// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.kubernetes.Pages;
import io.acrcredential.operator.kubernetes.SecretData;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads what a check needs of a cluster, once each: Secrets with AccessKeys, and policies. After a
 * request without an answer it sends no other one.
 */
final class ClusterReader {

  private final KubernetesClient client;
  private final CredentialSecretCache secrets;
  private final Set<Name> requested = new HashSet<>();
  private final TreeSet<String> obstacles = new TreeSet<>();
  private boolean isReachable;

  /**
   * @param isConfigured whether there is a kubeconfig or the ServiceAccount of a pod
   */
  ClusterReader(KubernetesClient client, CredentialSecretCache secrets, boolean isConfigured) {
    this.client = client;
    this.secrets = secrets;
    this.isReachable = isConfigured;
  }

  /** What could not be read, and why. */
  Collection<String> obstacles() {
    return obstacles;
  }

  /** Stores these Secrets where the credentials providers look for them. */
  void readSecrets(Collection<Name> names) {
    for (Name name : names) {
      if (isReachable && requested.add(name)) {
        attempt("Secret " + name, () -> read(name));
      }
    }
  }

  private void read(Name name) {
    Secret secret = client.secrets().inNamespace(name.namespace()).withName(name.name()).get();
    secrets.put(name, secret == null ? null : SecretData.of(secret));
  }

  /** All policies, none without a cluster; empty if they cannot be read. */
  Optional<List<AcrCredentialPolicy>> policies() {
    List<AcrCredentialPolicy> found = new ArrayList<>();
    if (!isReachable) {
      return obstacles.isEmpty() ? Optional.of(found) : Optional.empty();
    }
    boolean isRead =
        attempt(
            "policies",
            () -> Pages.forEach(client.resources(AcrCredentialPolicy.class), found::add));
    return isRead ? Optional.of(found) : Optional.empty();
  }

  /** Returns whether it was read; what does not exist counts as read. */
  private boolean attempt(String what, Runnable read) {
    try {
      read.run();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() <= 0) {
        isReachable = false;
        obstacles.add("the API server does not answer (" + ExceptionText.of(e) + ")");
        return false;
      }
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return true;
      }
      obstacles.add(what + ": " + ExceptionText.of(e));
      return false;
    }
  }
}
