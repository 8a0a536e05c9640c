// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Optional;
import java.util.function.Supplier;

/** The format of the output of a command, as the option {@code -o} names it. */
public enum OutputFormat {
  TEXT,
  JSON,
  YAML;

  /** The name of the option. */
  public static final String OPTION = "-o";

  /**
   * The format that the option names; text without it.
   *
   * @throws UsageException for any other value
   */
  public static OutputFormat of(Optional<String> option) {
    if (option.isEmpty()) {
      return TEXT;
    }
    return switch (option.get()) {
      case "json" -> JSON;
      case "yaml" -> YAML;
      default ->
          throw new UsageException(
              "The output format is \"%s\": write json or yaml, or leave out -o."
                  .formatted(option.get()));
    };
  }

  /** The result in this format, with a line break at its end. */
  public String render(Supplier<String> text, Supplier<JsonNode> data) {
    return switch (this) {
      case TEXT -> text.get();
      case JSON -> data.get().toPrettyString() + System.lineSeparator();
      case YAML -> Serialization.asYaml(data.get());
    };
  }
}
