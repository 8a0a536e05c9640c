package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SensitiveString;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The Secrets that hold AccessKeys, as their watches saw them last. Filled by the watches, read by
 * the pipelines, which must not block.
 */
public final class CredentialSecretCache {

  private final Map<Name, Map<String, SensitiveString>> contents = new ConcurrentHashMap<>();

  /** Where a Secret is. */
  public record Name(String namespace, String name) {
    @Override
    public String toString() {
      return namespace + "/" + name;
    }
  }

  /** Takes what a watch saw; null data = the Secret is gone. Answers whether that is news. */
  public boolean put(Name name, Map<String, SensitiveString> data) {
    Map<String, SensitiveString> before =
        data == null ? contents.remove(name) : contents.put(name, Map.copyOf(data));
    return data == null ? before != null : !data.equals(before);
  }

  /** The Secret's data; empty where it does not exist. */
  Optional<Map<String, SensitiveString>> get(Name name) {
    return Optional.ofNullable(contents.get(name));
  }
}
