// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Copies the fields of a {@link FieldMask} from a parser to a generator, token by token, so that
 * the rest of a value of any size is never in memory. Not thread-safe.
 */
final class FieldFilter {

  /** Whoever may write objects chooses names of fields, so they are not interned. */
  static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /** An object or array whose end has not been read. */
  private record Open(FieldMask mask, boolean isArray) {}

  private final FieldMask root;
  private final JsonGenerator out;
  private final Deque<Open> open = new ArrayDeque<>();

  /** The mask of the value whose name was read last; null = the value is dropped. */
  private FieldMask next;

  /** How many objects and arrays are open within the value that is being dropped; 0 = none is. */
  private int dropDepth;

  /** A value with a limit, until it is complete; null = none. */
  private TokenBuffer held;

  private String heldName;
  private int heldDepth;
  private int heldLimit;
  private long heldSize;
  private int oversized;

  FieldFilter(FieldMask root, JsonGenerator out) {
    this.root = root;
    this.out = out;
  }

  /** How many values were dropped because of their size. */
  int oversized() {
    return oversized;
  }

  /** Takes the current token. */
  void accept(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (dropDepth > 0) {
      dropDepth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
    } else if (token == JsonToken.FIELD_NAME) {
      acceptName(parser);
    } else if (token.isStructEnd()) {
      open.pop();
      write(parser);
    } else {
      acceptValue(parser, token);
    }
  }

  private void acceptName(JsonParser parser) throws IOException {
    next = open.element().mask().field(parser.currentName());
    if (next == null) {
      return;
    }
    if (held == null && next.fieldLimit() > 0) {
      hold(next.fieldLimit(), parser.currentName());
    } else {
      write(parser);
    }
  }

  private void acceptValue(JsonParser parser, JsonToken token) throws IOException {
    Open parent = open.peek();
    boolean isElement = parent != null && parent.isArray();
    FieldMask mask = parent == null ? root : isElement ? parent.mask() : next;
    if (mask == null) {
      dropDepth = token.isStructStart() ? 1 : 0;
      return;
    }
    if (isElement && held == null && mask.elementLimit() > 0) {
      hold(mask.elementLimit(), null);
    }
    if (token.isStructStart()) {
      open.push(new Open(mask, token == JsonToken.START_ARRAY));
    }
    write(parser);
  }

  private void hold(int limit, String name) {
    held = new TokenBuffer((ObjectCodec) null, false);
    heldName = name;
    heldDepth = open.size();
    heldLimit = limit;
    heldSize = 0;
  }

  private void write(JsonParser parser) throws IOException {
    if (held == null) {
      out.copyCurrentEvent(parser);
      return;
    }
    heldSize += FieldMask.OVERHEAD + parser.getTextLength();
    if (heldSize > heldLimit) {
      drop();
      return;
    }
    held.copyCurrentEvent(parser);
    if (open.size() == heldDepth) {
      release();
    }
  }

  private void drop() {
    oversized++;
    held = null;
    for (dropDepth = 0; open.size() > heldDepth; dropDepth++) {
      open.pop();
    }
  }

  private void release() throws IOException {
    if (heldName != null) {
      out.writeFieldName(heldName);
    }
    held.serialize(out);
    held = null;
  }
}
