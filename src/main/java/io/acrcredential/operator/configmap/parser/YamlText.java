package io.acrcredential.operator.configmap.parser;

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
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The YAML inside a ConfigMap value, as a tree of texts that know their line. No type is guessed,
 * nothing is built.
 */
final class YamlText {

  /** A ConfigMap can't be larger. */
  static final int MAX_CHARS = 1 << 20;

  /** The parser recurses; nothing that we read is deeper than three. */
  private static final int MAX_DEPTH = 16;

  private YamlText() {}

  /** Empty where there is nothing but blanks and comments, or {@code null}. */
  static Optional<Node> parse(String key, String text) throws UnreadableException {
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
      throw new UnreadableException(key + ", " + new YamlDiagnosis(text, e).sentence());
    } catch (ReaderException e) {
      long line = text.substring(0, Math.min(e.getPosition(), text.length())).lines().count();
      throw new UnreadableException(
          key + ", line " + Math.max(1, line) + ": found a control character; take it out");
    } catch (YamlEngineException e) { // whose text may quote the input
      throw new UnreadableException(key + " is no YAML; write a list of items");
    }
  }

  /** The engine's reader throws where a pair lies across its buffer's end; no value has one. */
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
                + ": found an alias (*); write the value out, in quotes if it begins with *");
      }
    }
  }

  /** The text of a scalar, {@code ""} for null; empty for a list or a mapping. */
  static Optional<String> scalar(Node node) {
    return node instanceof ScalarNode scalar
        ? Optional.of(Tag.NULL.equals(node.getTag()) ? "" : scalar.getValue().strip())
        : Optional.empty();
  }

  static String at(String where, Node node) {
    return where + at(node.getStartMark());
  }

  private static String at(Optional<Mark> mark) {
    return mark.map(m -> ", line " + (m.getLine() + 1) + ", column " + (m.getColumn() + 1))
        .orElse("");
  }

  static int line(Node node) {
    return node.getStartMark().map(m -> m.getLine() + 1).orElse(0);
  }
}
