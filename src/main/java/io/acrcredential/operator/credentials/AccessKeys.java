package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SecretText;
import io.acrcredential.operator.credentials.KeySecrets.Name;
import io.acrcredential.operator.openapi.AccessKey;
import io.acrcredential.operator.openapi.AcrException;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.Identity.KeySecret;
import io.acrcredential.operator.policy.Reason;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@link Identity} → {@link AccessKey}. The operator's own identity is the first that is
 * configured; once one was chosen, its removal is an error, never a silent fall to another.
 */
public final class AccessKeys {

  /** The Secret of Alibaba Cloud's add-ons on self-built and registered clusters. */
  public static final String ADDON_SECRET = "alibaba-addon-secret";

  private static final String KUBE_SYSTEM = "kube-system";

  private final KeySecrets secrets;
  private final String namespace;
  private final KeySecret addonKeys = new KeySecret(ADDON_SECRET, null, null);
  private volatile Name chosen;

  /** Looks for {@code secretRef}s in this namespace only. */
  public AccessKeys(KeySecrets secrets, String credentialsNamespace) {
    this.secrets = secrets;
    this.namespace = credentialsNamespace;
  }

  /** The Secrets to watch for this identity. */
  public List<Name> secretsOf(Identity identity) {
    return identity instanceof KeySecret ref
        ? List.of(new Name(namespace, ref.name()))
        : ownCandidates();
  }

  /** Fails with {@link Reason#CredentialsMissing}, naming the Secret or its key and the fix. */
  public Uni<AccessKey> of(Identity identity) {
    return Uni.createFrom()
        .item(
            () ->
                identity instanceof KeySecret ref
                    ? read(new Name(namespace, ref.name()), ref)
                    : own());
  }

  /** For people: which kind of identity is used, never a value. */
  public String describe(Identity identity) {
    Name own = chosen;
    return identity == Identity.OWN && own != null
        ? "AccessKey in Secret " + own
        : identity.describe();
  }

  private AccessKey own() {
    for (Name candidate : ownCandidates()) {
      if (secrets.get(candidate).isPresent()) {
        chosen = candidate;
        return read(candidate, addonKeys);
      }
      if (candidate.equals(chosen)) {
        break;
      }
    }
    Name missing = chosen == null ? ownCandidates().get(0) : chosen;
    throw missing(
        chosen == null
            ? "The operator has no identity of its own: there is no Secret " + missing
            : "The Secret " + missing + " was removed",
        createHint(missing, addonKeys));
  }

  private List<Name> ownCandidates() {
    List<Name> candidates = new ArrayList<>();
    candidates.add(new Name(namespace, ADDON_SECRET));
    if (!namespace.equals(KUBE_SYSTEM)) {
      candidates.add(new Name(KUBE_SYSTEM, ADDON_SECRET));
    }
    return candidates;
  }

  private AccessKey read(Name name, KeySecret ref) {
    Map<String, SecretText> data =
        secrets
            .get(name)
            .orElseThrow(() -> missing("There is no Secret " + name, createHint(name, ref)));
    String id = value(name, data, ref.accessKeyIdKey(), ref);
    String secret = value(name, data, ref.accessKeySecretKey(), ref);
    return AccessKey.of(id, secret);
  }

  private static String value(Name name, Map<String, SecretText> data, String key, KeySecret ref) {
    SecretText value = data.get(key);
    // A trailing newline is what `echo … | base64` and editors leave; no AccessKey holds white
    // space.
    String text = value == null ? "" : value.reveal().strip();
    if (text.isEmpty()) {
      String present = data.keySet().stream().sorted().collect(Collectors.joining(", "));
      throw missing(
          "The Secret %s has no key %s (it has: %s)"
              .formatted(name, key, present.isEmpty() ? "none" : present),
          createHint(name, ref));
    }
    return text;
  }

  private static String createHint(Name name, KeySecret ref) {
    return ("Create it: kubectl -n %s create secret generic %s --from-literal=%s=<id>"
            + " --from-literal=%s=<secret>")
        .formatted(name.namespace(), name.name(), ref.accessKeyIdKey(), ref.accessKeySecretKey());
  }

  private static AcrException missing(String message, String advice) {
    return new AcrException(Reason.CredentialsMissing, "CredentialsMissing", message, advice, "");
  }
}
