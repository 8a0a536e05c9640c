// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SensitiveString;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The last observed content of the Secrets that hold AccessKeys. Informers fill it; the reactive
 * pipelines, which must not block, read it.
 */
public final class CredentialSecretCache {

  private final Map<Name, Map<String, SensitiveString>> contents = new ConcurrentHashMap<>();

  /** Namespace and name of a Secret. */
  public record Name(String namespace, String name) {
    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /**
   * Stores what an informer observed; null data = the Secret was deleted. Returns whether it
   * changed.
   */
  public boolean put(Name name, Map<String, SensitiveString> data) {
    Map<String, SensitiveString> before =
        data == null ? contents.remove(name) : contents.put(name, Map.copyOf(data));
    return data == null ? before != null : !data.equals(before);
  }

  /** The data of the Secret; empty if it does not exist. */
  Optional<Map<String, SensitiveString>> get(Name name) {
    return Optional.ofNullable(contents.get(name));
  }
}
