// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Drops what no record needs from watch events before they are decoded, because objects wait in the
 * queue of the informer. What is kept is decoded at once to the type of its kind: the Kubernetes
 * client would decode it to a tree first. A ServiceAccount that is ignored because of its size is
 * reported as deleted.
 */
public final class WatchEventSerialization extends KubernetesSerialization {

  private static final Map<String, Class<? extends KubernetesResource>> TYPES =
      Map.of(
          "Namespace", Namespace.class,
          "Secret", Secret.class,
          "ServiceAccount", ServiceAccount.class,
          "Pod", Pod.class);

  private final ObjectMapper mapper;

  /**
   * @param mapper decodes and encodes objects
   */
  public WatchEventSerialization(ObjectMapper mapper) {
    super(mapper, false);
    this.mapper = mapper;
    // Else thousands of names, which whoever may write objects chooses, stay in memory.
    mapper.getFactory().disable(JsonFactory.Feature.INTERN_FIELD_NAMES);
    mapper.getFactory().disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES);
  }

  @Override
  public <T> T unmarshal(String text, Class<T> type) {
    if (type == WatchEvent.class) {
      Optional<WatchEvent> event = event(text);
      if (event.isPresent()) {
        return type.cast(event.get());
      }
    }
    return super.unmarshal(text, type);
  }

  /** The client would parse each patch to find out whether it is YAML. */
  @Override
  public String convertToJson(String patch) {
    return patch;
  }

  /** Empty if all of the event is needed. */
  private Optional<WatchEvent> event(String text) {
    try {
      String kind = kind(text);
      FieldMask mask = ObjectMasks.ofEvent(kind);
      if (mask == null) {
        return Optional.empty();
      }
      AtomicBoolean isIgnored = new AtomicBoolean();
      TokenBuffer kept =
          filter(
              text,
              mask,
              object -> {
                isIgnored.set(true);
                ResponseFilter.IGNORED.add(kind, object);
              });
      return Optional.of(
          isIgnored.get() ? deletion(text, TYPES.get(kind)) : decode(kept, TYPES.get(kind)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private WatchEvent deletion(String text, Class<? extends KubernetesResource> type)
      throws IOException {
    WatchEvent event = decode(filter(text, ObjectMasks.ofIgnoredEvent(), object -> {}), type);
    event.setType("DELETED");
    return event;
  }

  private static TokenBuffer filter(String event, FieldMask mask, Consumer<JsonParser> onOversized)
      throws IOException {
    TokenBuffer kept = new TokenBuffer((ObjectCodec) null, false);
    try (JsonParser parser = FieldFilter.JSON.createParser(event)) {
      FieldFilter filter = new FieldFilter(mask, kept, onOversized);
      while (parser.nextToken() != null) {
        filter.accept(parser);
      }
    }
    return kept;
  }

  private WatchEvent decode(TokenBuffer event, Class<? extends KubernetesResource> type)
      throws IOException {
    WatchEvent decoded = new WatchEvent();
    try (JsonParser parser = event.asParser(mapper)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean isObject = parser.currentName().equals("object");
        parser.nextToken();
        if (isObject) {
          decoded.setObject(mapper.readValue(parser, type));
        } else {
          decoded.setType(parser.getText());
        }
      }
    }
    return decoded;
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
