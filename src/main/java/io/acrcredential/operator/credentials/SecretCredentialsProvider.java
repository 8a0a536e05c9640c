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

  /**
   * False also if both values are empty: guides of other add-ons have users create the Secret with
   * empty values.
   */
  @Override
  public boolean isConfigured() {
    return secrets.get(name).filter(data -> !isBlank(data)).isPresent();
  }

  /** Whether both keys exist without a value. */
  private boolean isBlank(Map<String, SensitiveString> data) {
    return isEmpty(data.get(ref.accessKeyIdKey())) && isEmpty(data.get(ref.accessKeySecretKey()));
  }

  private static boolean isEmpty(SensitiveString value) {
    return value != null && value.reveal().isBlank();
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
    if (value == null) {
      throw missing(
          "The Secret %s has no key %s (it has: %s)".formatted(name, key, displayableKeys(data)),
          advice());
    }
    String place = "The key %s of the Secret %s".formatted(key, name);
    // Tools such as `echo … | base64` leave a trailing newline; no AccessKey contains white space.
    String text = value.reveal().strip();
    if (text.isEmpty()) {
      throw missing(place + " is empty", replaceAdvice());
    }
    return CredentialValidator.requireValid(text, place, replaceAdvice());
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
    return missing("There is no Secret " + name, advice());
  }

  /** The Secret held a key before; now it is deleted or its values are empty. */
  AlibabaCloudException keyRemoved() {
    return secrets.get(name).isPresent()
        ? missing("The values of the Secret " + name + " were removed", replaceAdvice())
        : missing("The Secret " + name + " was removed", advice());
  }

  /** Why it is not configured, as a clause. */
  String absence() {
    return secrets.get(name).isPresent()
        ? "the values of the Secret " + name + " are empty"
        : "there is no Secret " + name;
  }

  /** How to create the Secret, or its values if it exists. */
  String configureAdvice() {
    return secrets.get(name).isPresent() ? replaceAdvice() : advice();
  }

  /** How to create the Secret. */
  private String advice() {
    return "Create it: " + command();
  }

  /** How to replace the values of the Secret. */
  private String replaceAdvice() {
    return "Store only the value under each key, from a file that contains nothing else: "
        + command()
        + " --dry-run=client -o yaml | kubectl apply -f -";
  }

  /** Reads the values from files, because the shell history keeps command lines. */
  private String command() {
    return ("kubectl -n %s create secret generic %s --from-file=%s=./id.txt"
            + " --from-file=%s=./secret.txt")
        .formatted(name.namespace(), name.name(), ref.accessKeyIdKey(), ref.accessKeySecretKey());
  }

  private static AlibabaCloudException missing(String message, String advice) {
    return new AlibabaCloudException(
        Reason.CredentialsMissing, "CredentialsMissing", message, advice, "");
  }
}
