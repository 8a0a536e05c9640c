// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.policy.Identity.KeySecret;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An AccessKey pair in a Secret, as last observed by its informer. */
final class SecretCredentialsProvider implements CredentialsProvider {

  private final CredentialSecretCache secrets;
  private final Name name;
  private final KeySecret ref;

  SecretCredentialsProvider(CredentialSecretCache secrets, String namespace, KeySecret ref) {
    this.secrets = secrets;
    this.name = new Name(namespace, ref.name());
    this.ref = ref;
  }

  Name name() {
    return name;
  }

  @Override
  public String description() {
    return "AccessKey in Secret " + name;
  }

  @Override
  public boolean isConfigured() {
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
    Map<String, SensitiveString> data = secrets.get(name).orElseThrow(this::secretNotFound);
    return AccessKey.of(value(data, ref.accessKeyIdKey()), value(data, ref.accessKeySecretKey()));
  }

  private String value(Map<String, SensitiveString> data, String key) {
    SensitiveString value = data.get(key);
    // Tools such as `echo … | base64` leave a trailing newline; no AccessKey contains white space.
    String text = value == null ? "" : value.reveal().strip();
    if (text.isEmpty()) {
      throw missing(
          "The Secret %s has no key %s (it has: %s)".formatted(name, key, displayableKeys(data)));
    }
    return CredentialValidator.requireValid(
        text,
        "The key %s of the Secret %s".formatted(key, name),
        "Store only the value under each key, from a file that contains nothing else: "
            + command()
            + " --dry-run=client -o yaml | kubectl apply -f -");
  }

  private static String displayableKeys(Map<String, SensitiveString> data) {
    List<String> names =
        data.keySet().stream().filter(SecretCredentialsProvider::isSafeToShow).sorted().toList();
    List<String> shown = new ArrayList<>(names);
    if (names.size() < data.size()) {
      shown.add(names.isEmpty() ? "others" : "and others");
    }
    return shown.isEmpty() ? "none" : String.join(", ", shown);
  }

  /**
   * Whether this key of a Secret is not an AccessKey itself: {@code --from-env-file} creates a key
   * from every line without an equals sign. An AccessKey id begins with LTAI; an AccessKey secret
   * has 30 letters and digits.
   */
  private static boolean isSafeToShow(String name) {
    boolean isKeyId = name.startsWith("LTAI") || name.startsWith("STS.") || name.startsWith("TMP.");
    boolean hasDigits = name.chars().anyMatch(Character::isDigit);
    boolean hasSeparators = name.chars().anyMatch(c -> c == '-' || c == '_' || c == '.');
    return !isKeyId && (name.length() < 16 || !hasDigits && (hasSeparators || name.length() < 26));
  }

  /** The Secret does not exist. */
  AlibabaCloudException secretNotFound() {
    return missing("There is no Secret " + name);
  }

  /** The Secret existed before and was deleted. */
  AlibabaCloudException secretRemoved() {
    return missing("The Secret " + name + " was removed");
  }

  /** How to create the Secret. */
  String advice() {
    return "Create it: " + command();
  }

  /** Reads the values from files, because the shell history keeps command lines. */
  private String command() {
    return ("kubectl -n %s create secret generic %s --from-file=%s=./id.txt"
            + " --from-file=%s=./secret.txt")
        .formatted(name.namespace(), name.name(), ref.accessKeyIdKey(), ref.accessKeySecretKey());
  }

  private AlibabaCloudException missing(String message) {
    return new AlibabaCloudException(
        Reason.CredentialsMissing, "CredentialsMissing", message, advice(), "");
  }
}
