// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

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
  }

  @Override
  public <T> T unmarshal(String text, Class<T> type) {
    return super.unmarshal(type == WatchEvent.class ? filter(text) : text, type);
  }

  static String filter(String event) {
    try {
      FieldMask mask = ObjectMasks.ofEvent(kind(event));
      if (mask == null) {
        return event;
      }
      StringWriter kept = new StringWriter();
      return filter(event, mask, kept) == 0 ? kept.toString() : deletion(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String deletion(String event) throws IOException {
    StringWriter kept = new StringWriter();
    filter(event, ObjectMasks.ofIgnoredEvent(), kept);
    return kept.toString().replaceFirst("\"type\":\"[A-Z]*\"", "\"type\":\"DELETED\"");
  }

  private static int filter(String event, FieldMask mask, StringWriter kept) throws IOException {
    try (JsonParser parser = FieldFilter.JSON.createParser(event);
        JsonGenerator generator = FieldFilter.JSON.createGenerator(kept)) {
      FieldFilter filter = new FieldFilter(mask, generator);
      while (parser.nextToken() != null) {
        filter.accept(parser);
      }
      return filter.oversized();
    }
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
