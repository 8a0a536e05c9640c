// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import io.acrcredential.operator.kubernetes.JsonPatch;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The desired state of {@code imagePullSecrets} of a ServiceAccount, and the JSON patch to it. The
 * list is atomic in Kubernetes, so every patch tests that the object has not changed.
 */
public enum BindingDecision {
  /** The operator's entry is in the list, among others. */
  APPEND,
  /** The operator's entry is the only one. */
  REPLACE,
  /** The operator's entry is not in the list; others are. */
  REMOVE,
  /** The list is not changed. */
  IGNORE;

  private static final String LIST = JsonPatch.pointer("imagePullSecrets");

  /** The patch; empty if the list is in the desired state. */
  public Optional<JsonPatch> patch(ObservedServiceAccount account, String secret) {
    if (isSatisfied(account, secret)) {
      return Optional.empty();
    }
    List<String> current = account.imagePullSecrets();
    JsonPatch patch = JsonPatch.ofVersion(account.resourceVersion());
    return switch (this) {
      case IGNORE -> Optional.empty();
      case APPEND ->
          Optional.of(
              current.isEmpty()
                  ? patch.add(LIST, List.of(entry(secret)))
                  : patch.add(LIST + "/-", entry(secret)));
      case REPLACE -> Optional.of(patch.add(LIST, List.of(entry(secret))));
      case REMOVE -> Optional.of(remove(patch, current, secret));
    };
  }

  /** Whether the list is in the desired state. */
  public boolean isSatisfied(ObservedServiceAccount account, String secret) {
    List<String> current = account.imagePullSecrets();
    return switch (this) {
      case IGNORE -> true;
      case APPEND -> current.contains(secret);
      case REPLACE -> current.equals(List.of(secret));
      case REMOVE -> !current.contains(secret);
    };
  }

  /** By index, from last to first, so that the entries of others are not written. */
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
