// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import io.acrcredential.operator.kubernetes.RecordStore;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The latest known state of the cluster, from watches and from replies to our writes: small records
 * by namespace.
 */
public final class ClusterCache {

  /** What is kept of a namespace. */
  public record ObservedNamespace(
      String resourceVersion, Map<String, String> labels, boolean terminating) {
    static ObservedNamespace of(Namespace namespace) {
      ObjectMeta meta = namespace.getMetadata();
      return new ObservedNamespace(
          meta.getResourceVersion(),
          meta.getLabels() == null ? Map.of() : Map.copyOf(meta.getLabels()),
          meta.getDeletionTimestamp() != null);
    }
  }

  private static final long PAGE = 500;

  /** Smaller pages, because a Secret may hold 900 KiB. */
  private static final long SECRETS_PAGE = 50;

  private final String pullSecretName;

  public final RecordStore<Namespace, ObservedNamespace> namespaces =
      new RecordStore<>(
          ObservedNamespace::of,
          ObservedNamespace::resourceVersion,
          meta -> {
            Namespace named = new Namespace(null, null, meta, null, null);
            named.setAdditionalProperties(null);
            return named;
          },
          (namespace, kept) -> namespace.getMetadata().setLabels(kept.labels()),
          PAGE);

  public final RecordStore<Secret, ObservedSecret> pullSecrets =
      new RecordStore<>(
          ObservedSecret::of,
          ObservedSecret::resourceVersion,
          meta -> {
            Secret named = new Secret(null, null, null, null, meta, null, null);
            named.setAdditionalProperties(null);
            return named;
          },
          (secret, kept) -> {},
          SECRETS_PAGE);

  public final RecordStore<ServiceAccount, ObservedServiceAccount> serviceAccounts =
      new RecordStore<>(
          ObservedServiceAccount::of,
          ObservedServiceAccount::resourceVersion,
          meta -> {
            ServiceAccount named = new ServiceAccount(null, null, null, null, meta, null);
            named.setAdditionalProperties(null);
            return named;
          },
          (account, kept) -> {
            account.getMetadata().setLabels(kept.labels());
            account.setImagePullSecrets(
                kept.imagePullSecrets().stream().map(LocalObjectReference::new).toList());
          },
          PAGE);

  public ClusterCache(String pullSecretName) {
    this.pullSecretName = pullSecretName;
  }

  /** The namespace's pull Secret; null = it has none. */
  public ObservedSecret pullSecret(String namespace) {
    return pullSecrets.get(namespace, pullSecretName);
  }

  /**
   * Whether entries that name the pull Secret belong to this operator: it owns the namespace's pull
   * Secret, or there is no Secret of that name, because the entry is added at admission before the
   * first token is there.
   */
  public boolean ownsEntries(String namespace) {
    ObservedSecret secret = pullSecret(namespace);
    return secret == null || secret.owned();
  }

  /** Whether the namespace has a pull Secret of this operator. */
  public boolean hasOwnPullSecret(String namespace) {
    ObservedSecret secret = pullSecret(namespace);
    return secret != null && secret.owned();
  }

  /** Our delete was accepted, or a read found no Secret. */
  public void removePullSecret(String namespace, ObservedSecret observed) {
    pullSecrets.applyDeletion(namespace, pullSecretName, observed);
  }

  /** Calls the listener with each namespace whose pull Secret or ServiceAccounts have changed. */
  public void onChange(Consumer<String> listener) {
    pullSecrets.onChange(listener);
    serviceAccounts.onChange(listener);
  }

  public String pullSecretName() {
    return pullSecretName;
  }
}
