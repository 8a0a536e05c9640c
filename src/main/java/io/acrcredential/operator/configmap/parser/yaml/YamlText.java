// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser.yaml;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Parses the YAML inside a ConfigMap value into nodes that know their lines. All scalars are text:
 * no types are inferred, and no objects are created.
 */
public final class YamlText {

  /** The size limit of a ConfigMap in Kubernetes. */
  public static final int MAX_CHARS = 1 << 20;

  /** The YAML parser is recursive; documented values are at most three levels deep. */
  private static final int MAX_DEPTH = 16;

  private YamlText() {}

  /** Empty if the text has only spaces and comments, or is {@code null}. */
  public static Optional<Node> parse(KeySchema schema, String text) throws UnreadableException {
    String key = schema.label();
    if (text.length() > MAX_CHARS) {
      throw new UnreadableException(key + " is larger than 1 MiB; shorten it");
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(key)
            .setSchema(new CoreSchema())
            .setAllowNonScalarKeys(true)
            .build();
    try {
      String basic = withoutSurrogates(text);
      refuseTraps(key, new Parse(settings).parseString(basic));
      return new Compose(settings)
          .composeString(basic)
          .filter(node -> !scalar(node).orElse("?").isEmpty());
    } catch (MarkedYamlEngineException e) {
      throw new UnreadableException(key + ", " + new YamlDiagnosis(text, e, schema).sentence());
    } catch (ReaderException e) {
      long line = text.substring(0, Math.min(e.getPosition(), text.length())).lines().count();
      throw new UnreadableException(
          key + ", line " + Math.max(1, line) + ": found a control character; remove it");
    } catch (YamlEngineException e) { // its message may quote the input
      throw new UnreadableException(key + " is not YAML; write a list of items");
    }
  }

  /** SnakeYAML Engine throws where a surrogate pair lies across the end of its buffer. */
  private static String withoutSurrogates(String text) {
    return text.chars().noneMatch(c -> Character.isSurrogate((char) c))
        ? text
        : text.codePoints()
            .map(c -> c > 0xffff || c >= 0xd800 && c <= 0xdfff ? 0xfffd : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  private static void refuseTraps(String key, Iterable<Event> events) throws UnreadableException {
    int depth = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        throw new UnreadableException(
            key + at(event.getStartMark()) + ": nested too deeply; write a flat list of items");
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      } else if (event.getEventId() == Event.ID.Alias) {
        throw new UnreadableException(
            key
                + at(event.getStartMark())
                + ": found a YAML alias (*); write the value itself, in quotes if it begins with *");
      }
    }
  }

  /** The text of a scalar, {@code ""} for null; empty for a list or a mapping. */
  public static Optional<String> scalar(Node node) {
    return node instanceof ScalarNode scalar
        ? Optional.of(Tag.NULL.equals(node.getTag()) ? "" : scalar.getValue().strip())
        : Optional.empty();
  }

  /** The keys of a mapping that are plain text; none of another node. */
  public static List<String> keys(Node node) {
    return node instanceof MappingNode mapping
        ? mapping.getValue().stream().flatMap(field -> scalar(field.getKeyNode()).stream()).toList()
        : List.of();
  }

  public static String at(String where, Node node) {
    return where + at(node.getStartMark());
  }

  private static String at(Optional<Mark> mark) {
    return mark.map(m -> ", line " + (m.getLine() + 1) + ", column " + (m.getColumn() + 1))
        .orElse("");
  }

  public static int line(Node node) {
    return node.getStartMark().map(m -> m.getLine() + 1).orElse(0);
  }
}
