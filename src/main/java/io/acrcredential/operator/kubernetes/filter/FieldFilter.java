// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Copies the fields of a {@link FieldMask} from a parser to a generator, token by token, so that
 * the rest of a value of any size is never in memory. Not thread-safe.
 */
final class FieldFilter {

  /**
   * Whoever may write objects chooses names of fields, so they are not interned. Jackson's limits
   * also apply to what is dropped, so they are above what the API server stores: requests of etcd
   * have up to 1.5 MiB, and Go decodes JSON that is nested 10,000 deep. Such names and depths are
   * those of managed fields, which contain the keys of list elements.
   */
  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNameLength(8 * 1024 * 1024)
                  .maxNestingDepth(100_000)
                  .build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /** An object or array whose end has not been read. */
  private record Open(FieldMask mask, boolean isArray) {}

  /** A value with a limit, until it is complete. */
  private static final class Held {
    final TokenBuffer buffer = new TokenBuffer((ObjectCodec) null, false);
    final String name;
    final int depth;
    final int limit;
    long size;

    /**
     * @param name of the field; null = it is an element of an array
     */
    Held(String name, int depth, int limit) {
      this.name = name;
      this.depth = depth;
      this.limit = limit;
    }
  }

  private final FieldMask root;
  private final JsonGenerator out;
  private final Consumer<JsonParser> onOversized;
  private final Deque<Open> open = new ArrayDeque<>();

  /** The mask of the value whose name was read last; null = the value is dropped. */
  private FieldMask next;

  /** How many objects and arrays are open within the value that is being dropped; 0 = none is. */
  private int dropDepth;

  /** The innermost one first: a field of a value with a limit can have a lower one. */
  private final Deque<Held> held = new ArrayDeque<>();

  /**
   * @param onOversized is told of each value that is dropped because of its size: its beginning, up
   *     to the limit
   */
  FieldFilter(FieldMask root, JsonGenerator out, Consumer<JsonParser> onOversized) {
    this.root = root;
    this.out = out;
    this.onOversized = onOversized;
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
    if (next.fieldLimit() > 0) {
      held.push(new Held(parser.currentName(), open.size(), next.fieldLimit()));
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
    if (isElement && mask.elementLimit() > 0) {
      held.push(new Held(null, open.size(), mask.elementLimit()));
    }
    if (token.isStructStart()) {
      open.push(new Open(mask, token == JsonToken.START_ARRAY));
    }
    write(parser);
  }

  private void write(JsonParser parser) throws IOException {
    Held target = held.peek();
    if (target == null) {
      out.copyCurrentEvent(parser);
      return;
    }
    target.size += FieldMask.OVERHEAD + parser.getTextLength();
    if (target.size > target.limit) {
      drop();
      return;
    }
    target.buffer.copyCurrentEvent(parser);
    if (open.size() == target.depth) {
      release();
    }
  }

  private void drop() {
    Held dropped = held.pop();
    for (dropDepth = 0; open.size() > dropped.depth; dropDepth++) {
      open.pop();
    }
    onOversized.accept(dropped.buffer.asParser());
  }

  private void release() throws IOException {
    Held complete = held.pop();
    Held parent = held.peek();
    if (parent != null) {
      int name = complete.name == null ? 0 : FieldMask.OVERHEAD + complete.name.length();
      parent.size += name + complete.size;
      if (parent.size > parent.limit) {
        drop();
        return;
      }
    }
    JsonGenerator target = parent == null ? out : parent.buffer;
    if (complete.name != null) {
      target.writeFieldName(complete.name);
    }
    complete.buffer.serialize(target);
  }
}
