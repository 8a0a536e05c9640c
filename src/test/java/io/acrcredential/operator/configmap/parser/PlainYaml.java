// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * What a YAML parser alone makes of {@code acr-registry-info}, by the field's own rules and with no
 * repair: the yardstick of the forgiving reader. Identities are left out of it.
 */
final class PlainYaml {

  private static final Set<String> KEYS =
      Set.of(
          "instanceId",
          "regionId",
          "domains",
          "repositoryPrefixes",
          "assumeRoleARN",
          "expireDuration",
          "customAccessKey",
          "customAccessKeySecret");

  /** Empty where it is no YAML, or not of the documented form. */
  static Optional<List<Registry>> registries(String text) {
    try {
      Optional<Node> root =
          new Compose(LoadSettings.builder().setSchema(new CoreSchema()).build())
              .composeString(text);
      List<Registry> registries = new ArrayList<>();
      for (Node item : list(root.orElse(null))) {
        registries.add(registry(item));
      }
      return Optional.of(registries);
    } catch (YamlEngineException | NotOfTheForm e) {
      return Optional.empty();
    }
  }

  private static List<Node> list(Node node) {
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    throw new NotOfTheForm();
  }

  private static Registry registry(Node item) {
    if (!(item instanceof MappingNode mapping)) {
      throw new NotOfTheForm();
    }
    String id = null;
    String region = null;
    List<String> domains = null;
    List<String> prefixes = null;
    Set<String> seen = new HashSet<>();
    for (NodeTuple field : mapping.getValue()) {
      String key = text(field.getKeyNode());
      String value = text(field.getValueNode());
      if (!KEYS.contains(key) || !seen.add(key)) {
        throw new NotOfTheForm();
      }
      switch (key) {
        case "instanceId" -> id = matching(value, "cri-[a-z0-9-]+|crpi-[a-z0-9-]+");
        case "regionId" -> region = matching(value, "[a-z]{2,}(-[a-z0-9]+)+");
        case "domains" -> domains = words(value, "[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9/._-]+)?");
        case "repositoryPrefixes" -> prefixes = words(value, "[a-z0-9/._-]+");
        case "assumeRoleARN" -> matching(value, "acs:ram::[0-9]+:role/[A-Za-z0-9._-]+");
        case "expireDuration" -> matching(value, "[0-9]+");
        default -> matching(value, "[\\x21-\\x7E]+");
      }
    }
    return new Registry(id, region, domains, prefixes, null);
  }

  private static String text(Node node) {
    if (!(node instanceof ScalarNode scalar)) {
      throw new NotOfTheForm();
    }
    return Tag.NULL.equals(node.getTag()) ? "" : scalar.getValue().strip();
  }

  private static String matching(String value, String pattern) {
    if (!value.isEmpty() && !value.matches(pattern)) {
      throw new NotOfTheForm();
    }
    return value.isEmpty() ? null : value;
  }

  private static List<String> words(String value, String pattern) {
    List<String> words =
        Arrays.stream(value.split(","))
            .map(String::strip)
            .filter(word -> !word.isEmpty())
            .map(word -> matching(word, pattern).toLowerCase(Locale.ROOT))
            .distinct()
            .toList();
    return words.isEmpty() ? null : words;
  }

  private static final class NotOfTheForm extends RuntimeException {
    private NotOfTheForm() {
      super(null, null, false, false);
    }
  }

  private PlainYaml() {}
}
