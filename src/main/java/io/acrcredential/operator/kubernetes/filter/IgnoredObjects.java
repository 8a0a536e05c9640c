// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.acrcredential.operator.text.TextSanitizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/** Logs which objects are ignored because of their size, each one once. Thread-safe. */
final class IgnoredObjects {

  /** Whoever may write in one namespace can create any number of them. */
  static final int MAX_LOGGED = 1_000;

  private static final Logger LOG = Logger.getLogger(IgnoredObjects.class);

  private final Set<String> logged = new HashSet<>();

  /**
   * Logs the object.
   *
   * @param beginning of its JSON, with its name and namespace; a value that is no object is part of
   *     one that is not ignored
   */
  void add(String kind, JsonParser beginning) {
    Map<String, String> names;
    try {
      if (beginning.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      names = names(beginning);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String object =
        TextSanitizer.clean(
            "%s %s/%s".formatted(kind, names.get("namespace"), names.getOrDefault("name", "")));
    if (isNew(object)) {
      LOG.warnf(
          "%s is ignored: the fields that the operator reads take more than %d KiB",
          object, ObjectMasks.OBJECT_LIMIT / 1024);
    }
  }

  private synchronized boolean isNew(String object) {
    return logged.size() < MAX_LOGGED && logged.add(object);
  }

  /** The texts directly in {@code metadata}. */
  private static Map<String, String> names(JsonParser object) throws IOException {
    Map<String, String> names = new HashMap<>();
    int depth = 1;
    boolean inMetadata = false;
    String field = "";
    for (JsonToken token = object.nextToken(); token != null; token = object.nextToken()) {
      if (token == JsonToken.FIELD_NAME) {
        field = object.currentName();
      } else if (token.isStructStart()) {
        inMetadata |= depth == 1 && field.equals("metadata");
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
        inMetadata &= depth > 1;
      } else if (inMetadata && depth == 2 && token == JsonToken.VALUE_STRING) {
        names.put(field, object.getText());
      }
    }
    return names;
  }
}
