// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Drops what no record needs from watch events before they are decoded, because an event is decoded
 * to a tree and then to an object, and objects wait in the queue of the informer. A ServiceAccount
 * that is ignored because of its size is reported as deleted.
 */
public final class WatchEventSerialization extends KubernetesSerialization {

  /**
   * @param mapper decodes and encodes objects
   */
  public WatchEventSerialization(ObjectMapper mapper) {
    super(mapper, false);
    // Else thousands of names, which whoever may write objects chooses, stay in memory.
    mapper.getFactory().disable(JsonFactory.Feature.INTERN_FIELD_NAMES);
    mapper.getFactory().disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES);
  }

  @Override
  public <T> T unmarshal(String text, Class<T> type) {
    return super.unmarshal(type == WatchEvent.class ? filter(text) : text, type);
  }

  static String filter(String event) {
    try {
      String kind = kind(event);
      FieldMask mask = ObjectMasks.ofEvent(kind);
      if (mask == null) {
        return event;
      }
      AtomicBoolean isIgnored = new AtomicBoolean();
      String kept =
          filter(
              event,
              mask,
              object -> {
                isIgnored.set(true);
                ResponseFilter.IGNORED.add(kind, object);
              });
      return isIgnored.get() ? deletion(event) : kept;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String deletion(String event) throws IOException {
    return filter(event, ObjectMasks.ofIgnoredEvent(), object -> {})
        .replaceFirst("\"type\":\"[A-Z]*\"", "\"type\":\"DELETED\"");
  }

  private static String filter(String event, FieldMask mask, Consumer<JsonParser> onOversized)
      throws IOException {
    StringWriter kept = new StringWriter();
    try (JsonParser parser = FieldFilter.JSON.createParser(event);
        JsonGenerator generator = FieldFilter.JSON.createGenerator(kept)) {
      FieldFilter filter = new FieldFilter(mask, generator, onOversized);
      while (parser.nextToken() != null) {
        filter.accept(parser);
      }
    }
    return kept.toString();
  }

  /** The API server writes the kind of an object first. */
  private static String kind(String event) throws IOException {
    try (JsonParser parser = FieldFilter.JSON.createParser(event)) {
      return parser.nextToken() == JsonToken.START_OBJECT
              && enter(parser, "object")
              && enter(parser, "kind")
          ? parser.getText()
          : "";
    }
  }

  /** Goes to the value of a field of the object that the parser is in. */
  private static boolean enter(JsonParser parser, String field) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean found = parser.currentName().equals(field);
      parser.nextToken();
      if (found) {
        return true;
      }
      parser.skipChildren();
    }
    return false;
  }
}
