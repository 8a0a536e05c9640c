// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The arguments of a command: operands, and options with a value. An option may be written as
 * {@code --name value} or {@code --name=value}.
 *
 * @param operands in their order
 * @param options the values by the name of the option, with its dashes
 */
public record Arguments(List<String> operands, Map<String, String> options) {

  /**
   * Parses the arguments after the name of the command.
   *
   * @param known the names of the options, with their dashes
   * @throws UsageException for an unknown or repeated option, or one without a value
   */
  public static Arguments parse(String command, List<String> words, Set<String> known) {
    List<String> operands = new ArrayList<>();
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (!word.startsWith("-")) {
        operands.add(word);
        continue;
      }
      String[] parts = word.split("=", 2);
      if (!known.contains(parts[0])) {
        throw new UsageException("Unknown option of %s: \"%s\".".formatted(command, parts[0]));
      }
      boolean isNext = parts.length == 1;
      if (isNext && i + 1 == words.size()) {
        throw new UsageException("The option %s needs a value.".formatted(parts[0]));
      }
      String value = isNext ? words.get(i + 1) : parts[1];
      i += isNext ? 1 : 0;
      if (options.put(parts[0], value) != null) {
        throw new UsageException("The option %s is given twice.".formatted(parts[0]));
      }
    }
    return new Arguments(List.copyOf(operands), Map.copyOf(options));
  }

  /** The value of an option; empty = not given. */
  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }
}
