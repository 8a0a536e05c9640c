// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.text.Spelling;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Decides which text may hold an AccessKey, so that no message quotes it. */
final class SecretDetector {

  /** A text with one of these may hold a secret nearby; the ids of AccessKeys begin with LTAI. */
  private static final List<String> SECRET_WORDS =
      List.of("key", "secret", "access", "custom", "ltai", "password", "token");

  private static final Pattern ACCESS_KEY_ID = Pattern.compile("(?i)\\bLTAI[a-z0-9]{4}");

  /** Between a key and its value; no name of a Kubernetes object has it. */
  private static final Pattern SEPARATOR = Pattern.compile("[:=\uFF1A\uFF1D\\s]");

  /** An unknown key that is safe to quote: with digits it could be an AccessKey. */
  private static final Pattern QUOTABLE_KEY = Pattern.compile("[A-Za-z_-]{1,24}");

  private SecretDetector() {}

  /** Whether a message may quote this unknown key. */
  static boolean isQuotable(String key) {
    return QUOTABLE_KEY.matcher(key).matches();
  }

  /**
   * Whether the value of another key holds a key of an item, or what looks like the value of one:
   * an AccessKey that is pasted into the wrong place is still a secret.
   */
  static boolean hasItemKey(String text) {
    return Arrays.stream(text.split("[,;\n{}\"']"))
        .map(String::strip)
        .anyMatch(
            part ->
                RegistryFields.SCHEMA.canonical(part) != null
                    || mentionsSecret(part) && SEPARATOR.matcher(part).find()
                    || ACCESS_KEY_ID.matcher(part).find());
  }

  static boolean mentionsSecret(String line) {
    String plain = Spelling.plain(line);
    return SECRET_WORDS.stream().anyMatch(plain::contains);
  }

  static boolean mayHoldSecret(Node node) {
    if (node instanceof ScalarNode scalar) {
      return mentionsSecret(scalar.getValue())
          || Spelling.resembles(scalar.getValue(), RegistryFields.KEY_ID)
          || Spelling.resembles(scalar.getValue(), RegistryFields.KEY_SECRET);
    }
    if (node instanceof SequenceNode list) {
      return list.getValue().stream().anyMatch(SecretDetector::mayHoldSecret);
    }
    for (NodeTuple field : ((MappingNode) node).getValue()) {
      if (mayHoldSecret(field.getKeyNode()) || mayHoldSecret(field.getValueNode())) {
        return true;
      }
    }
    return false;
  }
}
