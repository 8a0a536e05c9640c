// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/**
 * Which key of a docker config applies to an image, by the rules of kubelet
 * (pkg/credentialprovider/keyring.go in Kubernetes 1.37), without wildcards, which the operator
 * never writes.
 */
public final class ImageMatch {

  private ImageMatch() {}

  /** The most specific of the keys that match; kubelet tries it first. */
  public static Optional<String> mostSpecific(String image, Collection<String> keys) {
    String repository = repository(image);
    return keys.stream()
        .filter(key -> matchesRepository(key, repository))
        .max(Comparator.comparingInt((String key) -> path(key).length()));
  }

  private static boolean matchesRepository(String key, String repository) {
    return host(key).equals(host(repository)) && rest(repository).startsWith(path(key));
  }

  /** The image without tag and digest. */
  private static String repository(String image) {
    int digest = image.indexOf('@');
    String name = digest < 0 ? image : image.substring(0, digest);
    int tag = name.lastIndexOf(':');
    return tag > name.lastIndexOf('/') ? name.substring(0, tag) : name;
  }

  /** Of an image without a host this is no host, and no key of ours equals it. */
  private static String host(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? name : name.substring(0, slash);
  }

  private static String rest(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? "" : name.substring(slash);
  }

  /** Kubelet takes {@code host/v1/} and {@code host/v2/} for the host. */
  private static String path(String key) {
    String path = rest(key);
    if (path.startsWith("/v1/") || path.startsWith("/v2/")) {
      path = path.substring("/v1".length());
    }
    return path.equals("/") ? "" : path;
  }
}
