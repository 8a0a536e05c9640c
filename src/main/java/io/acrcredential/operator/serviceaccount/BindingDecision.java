package io.acrcredential.operator.serviceaccount;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

  /** The patch, or empty where the list is right already. */
  public Optional<String> patch(ObservedServiceAccount account, String secret) {
    if (satisfied(account, secret)) {
      return Optional.empty();
    }
    List<String> current = account.imagePullSecrets();
    return switch (this) {
      case LEAVE -> Optional.empty();
      case APPEND -> Optional.of(tested(account, append(current, secret)));
      case REPLACE -> Optional.of(tested(account, whole(List.of(secret))));
      case REMOVE -> Optional.of(tested(account, remove(current, secret)));
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

  private static String append(List<String> current, String secret) {
    return current.isEmpty()
        ? whole(List.of(secret))
        : "{\"op\":\"add\",\"path\":\"/imagePullSecrets/-\",\"value\":" + entry(secret) + "}";
  }

  /** By index, from the last to the first, so that what others wrote is not written again. */
  private static String remove(List<String> current, String secret) {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < current.size(); i++) {
      if (current.get(i).equals(secret)) {
        places.add(i);
      }
    }
    if (places.size() == current.size()) {
      return "{\"op\":\"remove\",\"path\":\"/imagePullSecrets\"}";
    }
    Collections.reverse(places);
    return String.join(
        ",",
        places.stream()
            .map(i -> "{\"op\":\"remove\",\"path\":\"/imagePullSecrets/" + i + "\"}")
            .toList());
  }

  private static String whole(List<String> names) {
    String entries = String.join(",", names.stream().map(BindingDecision::entry).toList());
    return "{\"op\":\"add\",\"path\":\"/imagePullSecrets\",\"value\":[" + entries + "]}";
  }

  private static String entry(String secret) {
    return "{\"name\":\"" + secret + "\"}";
  }

  private static String tested(ObservedServiceAccount account, String operations) {
    return "[{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\""
        + account.resourceVersion()
        + "\"},"
        + operations
        + "]";
  }
}
