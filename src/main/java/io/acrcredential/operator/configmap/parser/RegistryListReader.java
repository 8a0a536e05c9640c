// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.acrcredential.operator.configmap.parser.repair.Repair;
import io.acrcredential.operator.configmap.parser.repair.RepairLog;
import io.acrcredential.operator.configmap.parser.yaml.CorrectedText;
import io.acrcredential.operator.configmap.parser.yaml.UnreadableException;
import io.acrcredential.operator.configmap.parser.yaml.YamlText;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads the list of {@code acr-registry-info}. An item that cannot be used is left out and
 * reported; the others are used.
 */
final class RegistryListReader {

  private static final String KEY = ConfigMapKeys.REGISTRIES;

  /** Repairs after which a line may have ended up in another item. */
  private static final Set<Repair> MOVES_LINES =
      Set.of(Repair.WRAPPED, Repair.UNCLOSED_QUOTE, Repair.ITEMS, Repair.INDENTATION);

  private final RegistryItems items;
  private final RegistryItemReader itemReader;
  private final CorrectedText corrected;
  private final RepairLog repairs;

  RegistryListReader(
      RegistryItems items,
      RegistryItemReader itemReader,
      CorrectedText corrected,
      RepairLog repairs) {
    this.items = items;
    this.itemReader = itemReader;
    this.corrected = corrected;
    this.repairs = repairs;
  }

  /**
   * An empty list means the shared Personal Edition registry of the cluster's region.
   *
   * @param text from which {@code root} was parsed
   */
  void read(Optional<Node> root, String text) throws UnreadableException {
    if (root.isPresent() && !(root.get() instanceof SequenceNode)) {
      throw new UnreadableException(YamlText.at(KEY, root.get()) + ": " + noList(root.get()));
    }
    List<Node> nodes = root.map(node -> ((SequenceNode) node).getValue()).orElse(List.of());
    if (nodes.isEmpty()) {
      items.add(new ItemPosition(KEY, 0, false), new Registry(null, null, null, null, null));
    }
    List<String> lines = List.of(text.split("\\R", -1));
    // If a line may belong to another item, a secret in one item is treated as a secret in all.
    boolean maskAll =
        repairs.usedAnywhere().stream().anyMatch(MOVES_LINES::contains)
            && nodes.stream().anyMatch(SecretDetector::mayHoldSecret);
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      int line = YamlText.line(node);
      int next = i + 1 < nodes.size() ? YamlText.line(nodes.get(i + 1)) : lines.size() + 1;
      boolean masked =
          maskAll
              || SecretDetector.mayHoldSecret(node)
              // Comments count, because a key may have been commented out.
              || lines.subList(Math.min(line, next) - 1, next - 1).stream()
                  .anyMatch(SecretDetector::mentionsSecret);
      read(
          node, new ItemPosition(KEY + ", item " + (i + 1) + " (line " + line + ")", line, masked));
    }
  }

  private static String noList(Node root) {
    if (RegistryItemReader.isKeyedById(root)) {
      return "the keys are IDs of instances; write a list with an item for each, such as"
          + " - instanceId: \"cri-abc\"";
    }
    return YamlText.keys(root).stream()
        .map(ConfigMapSchema.KEYS::canonical)
        .filter(Objects::nonNull)
        .findFirst()
        .map(key -> PastedConfigMap.misplaced(key, KEY))
        .orElse(
            "the value is not a list; begin each item with a dash, such as"
                + " - instanceId: \"cri-abc\"");
  }

  private void read(Node node, ItemPosition position) {
    try {
      itemReader.read(node, position).forEach(registry -> items.add(position, registry));
    } catch (UnreadableException e) {
      corrected.add(position.line(), position.masked(), Map.of());
      items.reject(e);
    }
  }
}
