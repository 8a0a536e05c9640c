package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.policy.Identity.KeySecret;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;

/**
 * The operator's own identity: the first source that is configured. One that appears before it is
 * taken at once; when the chosen one disappears that is an error, never a silent fall to a weaker
 * one.
 */
final class DefaultCredentialsProvider {

  /** The Secret of Alibaba Cloud's add-ons on self-built and registered clusters. */
  static final String ADDON_SECRET = "alibaba-addon-secret";

  private static final String KUBE_SYSTEM = "kube-system";

  private final List<SecretCredentialsProvider> addonSecrets = new ArrayList<>();
  private final List<CredentialsProvider> sources = new ArrayList<>();
  private int chosen = Integer.MAX_VALUE;

  /**
   * @param others after the Secrets, the strongest first; the last of them is always configured
   */
  DefaultCredentialsProvider(
      CredentialSecretCache secrets, String namespace, List<CredentialsProvider> others) {
    KeySecret ref = new KeySecret(ADDON_SECRET, null, null);
    addonSecrets.add(new SecretCredentialsProvider(secrets, namespace, ref));
    if (!namespace.equals(KUBE_SYSTEM)) {
      addonSecrets.add(new SecretCredentialsProvider(secrets, KUBE_SYSTEM, ref));
    }
    sources.addAll(addonSecrets);
    sources.addAll(others);
  }

  List<Name> secrets() {
    return addonSecrets.stream().map(SecretCredentialsProvider::name).toList();
  }

  /** The one that was chosen, or that would be: a restart changes nothing that is told. */
  synchronized String describe() {
    return sources.get(chosen == Integer.MAX_VALUE ? first() : chosen).kind();
  }

  private int first() {
    int first = 0;
    while (!sources.get(first).configured()) {
      first++;
    }
    return first;
  }

  /** The source that would be asked now. */
  synchronized CredentialsProvider current() {
    int first = first();
    if (first > chosen) {
      throw sources.get(chosen) instanceof SecretCredentialsProvider secret
          ? secret.removed()
          : missing("The " + sources.get(chosen).kind() + " is gone", "Bring it back.");
    }
    return sources.get(first);
  }

  Uni<Credentials> get() {
    CredentialsProvider source = current();
    boolean last = source == sources.get(sources.size() - 1);
    return source
        .get()
        .invoke(() -> choose(source))
        .onFailure(failure -> last && failure instanceof AlibabaCloudException)
        .transform(failure -> none((AlibabaCloudException) failure));
  }

  private synchronized void choose(CredentialsProvider source) {
    chosen = sources.indexOf(source);
  }

  /** Nobody has configured anything: the usual way is to make the Secret. */
  private AlibabaCloudException none(AlibabaCloudException last) {
    SecretCredentialsProvider usual = addonSecrets.get(0);
    return missing(
        "The operator has no identity of its own: there is no Secret "
            + usual.name()
            + " and nothing in the environment. "
            + last.getMessage(),
        usual.advice());
  }

  private static AlibabaCloudException missing(String message, String advice) {
    return new AlibabaCloudException(
        Reason.CredentialsMissing, "CredentialsMissing", message, advice, "");
  }
}
