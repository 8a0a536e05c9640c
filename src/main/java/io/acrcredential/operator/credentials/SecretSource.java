package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SecretText;
import io.acrcredential.operator.credentials.KeySecrets.Name;
import io.acrcredential.operator.openapi.AccessKey;
import io.acrcredential.operator.openapi.AcrException;
import io.acrcredential.operator.policy.Identity.KeySecret;
import io.acrcredential.operator.policy.Reason;
import io.smallrye.mutiny.Uni;
import java.util.Map;
import java.util.stream.Collectors;

/** An AccessKey pair in a Secret, as its watch saw it last. */
final class SecretSource implements OwnSource {

  private final KeySecrets secrets;
  private final Name name;
  private final KeySecret ref;

  SecretSource(KeySecrets secrets, String namespace, KeySecret ref) {
    this.secrets = secrets;
    this.name = new Name(namespace, ref.name());
    this.ref = ref;
  }

  Name name() {
    return name;
  }

  @Override
  public String kind() {
    return "AccessKey in Secret " + name;
  }

  @Override
  public boolean configured() {
    return secrets.get(name).isPresent();
  }

  @Override
  public String fingerprint() {
    return Fingerprint.of(read().id());
  }

  @Override
  public Uni<Credentials> get() {
    return Uni.createFrom()
        .item(
            () -> {
              AccessKey key = read();
              return new Credentials(key, Fingerprint.of(key.id()), null);
            });
  }

  private AccessKey read() {
    Map<String, SecretText> data = secrets.get(name).orElseThrow(this::absent);
    return AccessKey.of(value(data, ref.accessKeyIdKey()), value(data, ref.accessKeySecretKey()));
  }

  private String value(Map<String, SecretText> data, String key) {
    SecretText value = data.get(key);
    // A trailing newline is what `echo … | base64` and editors leave; no AccessKey has white space.
    String text = value == null ? "" : value.reveal().strip();
    if (text.isEmpty()) {
      String present = data.keySet().stream().sorted().collect(Collectors.joining(", "));
      throw missing(
          "The Secret %s has no key %s (it has: %s)"
              .formatted(name, key, present.isEmpty() ? "none" : present));
    }
    return text;
  }

  /** There is no such Secret. */
  AcrException absent() {
    return missing("There is no Secret " + name);
  }

  /** It was there and is no more. */
  AcrException removed() {
    return missing("The Secret " + name + " was removed");
  }

  /** How to make it. */
  String advice() {
    return ("Create it: kubectl -n %s create secret generic %s --from-literal=%s=<id>"
            + " --from-literal=%s=<secret>")
        .formatted(name.namespace(), name.name(), ref.accessKeyIdKey(), ref.accessKeySecretKey());
  }

  private AcrException missing(String message) {
    return new AcrException(Reason.CredentialsMissing, "CredentialsMissing", message, advice(), "");
  }
}
