// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.policy.Identity.KeySecret;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;

/**
 * The operator's own identity: the first configured provider. A provider of higher priority takes
 * effect immediately. Losing the selected provider is an error, never a fallback to a provider of
 * lower priority.
 */
final class DefaultCredentialsProvider {

  /** The Secret of Alibaba Cloud's add-ons on self-built and registered clusters. */
  static final String ADDON_SECRET = "alibaba-addon-secret";

  private static final String KUBE_SYSTEM = "kube-system";

  private final List<SecretCredentialsProvider> addonSecrets = new ArrayList<>();
  private final List<CredentialsProvider> providers = new ArrayList<>();
  private int selected = Integer.MAX_VALUE;

  /**
   * @param fallbacks tried after the Secrets, in order of priority; the last one is always
   *     configured
   */
  DefaultCredentialsProvider(
      CredentialSecretCache secrets, String namespace, List<CredentialsProvider> fallbacks) {
    KeySecret ref = new KeySecret(ADDON_SECRET, null, null);
    addonSecrets.add(new SecretCredentialsProvider(secrets, namespace, ref));
    if (!namespace.equals(KUBE_SYSTEM)) {
      addonSecrets.add(new SecretCredentialsProvider(secrets, KUBE_SYSTEM, ref));
    }
    providers.addAll(addonSecrets);
    providers.addAll(fallbacks);
  }

  List<Name> secrets() {
    return addonSecrets.stream().map(SecretCredentialsProvider::name).toList();
  }

  /** The provider that was selected, or would be, so that a restart does not change the text. */
  synchronized String describe() {
    return providers
        .get(selected == Integer.MAX_VALUE ? firstConfigured() : selected)
        .description();
  }

  private int firstConfigured() {
    int first = 0;
    while (!providers.get(first).isConfigured()) {
      first++;
    }
    return first;
  }

  /** The provider that would be used now. */
  synchronized CredentialsProvider current() {
    int first = firstConfigured();
    if (first > selected) {
      throw providers.get(selected) instanceof SecretCredentialsProvider secret
          ? secret.keyRemoved()
          : credentialsMissing(
              "The " + providers.get(selected).description() + " no longer exists", "Restore it.");
    }
    return providers.get(first);
  }

  Uni<Credentials> get() {
    CredentialsProvider provider = current();
    boolean last = provider == providers.get(providers.size() - 1);
    return provider
        .get()
        .invoke(() -> select(provider))
        .onFailure(failure -> last && failure instanceof AlibabaCloudException)
        .transform(failure -> notConfigured((AlibabaCloudException) failure));
  }

  private synchronized void select(CredentialsProvider provider) {
    selected = providers.indexOf(provider);
  }

  /** Nothing is configured: recommend the Secret. */
  private AlibabaCloudException notConfigured(AlibabaCloudException last) {
    SecretCredentialsProvider recommended = addonSecrets.get(0);
    return credentialsMissing(
        "The operator has no identity of its own: "
            + recommended.absence()
            + " and nothing in the environment. "
            + last.getMessage(),
        recommended.configureAdvice());
  }

  private static AlibabaCloudException credentialsMissing(String message, String advice) {
    return new AlibabaCloudException(
        Reason.CredentialsMissing, "CredentialsMissing", message, advice, "");
  }
}
