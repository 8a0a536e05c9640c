package io.acrcredential.operator.serviceaccount;

import io.acrcredential.operator.kubernetes.JsonPatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a ServiceAccount's list shall look like, and the JSON patch that makes it so. The list is
 * atomic in Kubernetes, so every patch first tests that nobody changed the object in between.
 */
public enum BindingDecision {
  /** Our entry is added to what is there. */
  APPEND,
  /** Ours becomes the only entry. */
  REPLACE,
  /** Our entry goes, what others wrote stays. */
  REMOVE,
  /** Not ours to touch. */
  LEAVE;

  private static final String LIST = JsonPatch.pointer("imagePullSecrets");

  /** The patch, or empty where the list is right already. */
  public Optional<JsonPatch> patch(ObservedServiceAccount account, String secret) {
    if (satisfied(account, secret)) {
      return Optional.empty();
    }
    List<String> current = account.imagePullSecrets();
    JsonPatch patch = JsonPatch.ofVersion(account.resourceVersion());
    return switch (this) {
      case LEAVE -> Optional.empty();
      case APPEND ->
          Optional.of(
              current.isEmpty()
                  ? patch.add(LIST, List.of(entry(secret)))
                  : patch.add(LIST + "/-", entry(secret)));
      case REPLACE -> Optional.of(patch.add(LIST, List.of(entry(secret))));
      case REMOVE -> Optional.of(remove(patch, current, secret));
    };
  }

  /** Whether the list is as this decision wants it. */
  public boolean satisfied(ObservedServiceAccount account, String secret) {
    List<String> current = account.imagePullSecrets();
    return switch (this) {
      case LEAVE -> true;
      case APPEND -> current.contains(secret);
      case REPLACE -> current.equals(List.of(secret));
      case REMOVE -> !current.contains(secret);
    };
  }

  /** By index, from the last to the first, so that what others wrote is not written again. */
  private static JsonPatch remove(JsonPatch patch, List<String> current, String secret) {
    if (current.stream().allMatch(secret::equals)) {
      return patch.remove(LIST);
    }
    for (int i = current.size() - 1; i >= 0; i--) {
      if (current.get(i).equals(secret)) {
        patch.remove(LIST + '/' + i);
      }
    }
    return patch;
  }

  private static Map<String, String> entry(String secret) {
    return Map.of("name", secret);
  }
}
