// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.comments.CommentLine;
import org.snakeyaml.engine.v2.comments.CommentType;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * {@code values.yaml} with its comments: a comment above a key makes the key a documented value.
 */
final class Values {

  private static final LoadSettings WITH_COMMENTS =
      LoadSettings.builder().setParseComments(true).build();

  private Values() {}

  /** By path, such as {@code image.tag}; in the file's order. */
  static Map<String, String> read() {
    Map<String, String> descriptions = new LinkedHashMap<>();
    read("", root(Chart.FOLDER.resolve("values.yaml")), descriptions);
    return descriptions;
  }

  private static void read(String prefix, MappingNode node, Map<String, String> descriptions) {
    for (NodeTuple entry : node.getValue()) {
      String path = prefix + key(entry);
      String description = description(entry);
      if (!description.isEmpty()) {
        descriptions.put(path, description);
      } else if (entry.getValueNode() instanceof MappingNode group && !group.getValue().isEmpty()) {
        read(path + ".", group, descriptions);
      } else {
        throw new AssertionError(path + " in values.yaml has no comment above it");
      }
    }
  }

  /** The comment directly above the value; a comment before a blank line is about the file. */
  private static String description(NodeTuple entry) {
    List<CommentLine> lines = entry.getKeyNode().getBlockComments();
    if (lines == null) {
      return "";
    }
    int start = 0;
    for (int i = 0; i < lines.size(); i++) {
      start = lines.get(i).getCommentType() == CommentType.BLANK_LINE ? i + 1 : start;
    }
    return lines.subList(start, lines.size()).stream()
        .map(line -> line.getValue().strip())
        .collect(Collectors.joining(" "));
  }

  /** Whether the value file sets it or a part of it. */
  static boolean isSet(Path file, String path) {
    Object values = Chart.objects(Chart.read(file)).get(0);
    return Chart.at(values, (Object[]) path.split("\\.")) != null;
  }

  private static MappingNode root(Path file) {
    return (MappingNode) new Compose(WITH_COMMENTS).composeString(Chart.read(file)).orElseThrow();
  }

  private static String key(NodeTuple entry) {
    Node key = entry.getKeyNode();
    return ((ScalarNode) key).getValue();
  }
}
