// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import io.acrcredential.operator.cli.Arguments;
import io.acrcredential.operator.cli.OutputFormat;
import io.acrcredential.operator.cli.UsageException;
import io.acrcredential.operator.policy.ValueFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The options of the {@code check} command.
 *
 * @param region of the registry and, without {@code ACR_REGION}, of STS; empty = as the operator
 *     detects it
 * @param instance empty text = the Personal Edition; absent = what the policies of the cluster name
 */
public record CheckOptions(
    Optional<String> region, Optional<String> instance, OutputFormat format) {

  private static final String REGION = "--region";
  private static final String INSTANCE = "--instance";

  /**
   * Parses the arguments after {@code check}.
   *
   * @throws UsageException that says what is wrong
   */
  public static CheckOptions parse(List<String> words) {
    Arguments arguments =
        Arguments.parse("check", words, Set.of(REGION, INSTANCE, OutputFormat.OPTION));
    if (!arguments.operands().isEmpty()) {
      throw new UsageException(
          "Unknown argument of check: \"%s\".".formatted(arguments.operands().get(0)));
    }
    Optional<String> region = valid(arguments, REGION, ValueFormat.REGION);
    Optional<String> instance = valid(arguments, INSTANCE, ValueFormat.INSTANCE_ID);
    return new CheckOptions(
        region, instance, OutputFormat.of(arguments.option(OutputFormat.OPTION)));
  }

  private static Optional<String> valid(Arguments arguments, String name, ValueFormat format) {
    Optional<String> value = arguments.option(name);
    if (value.isPresent() && !format.matches(value.get())) {
      throw new UsageException(
          "The value of %s is \"%s\": %s.".formatted(name, value.get(), format.fix()));
    }
    return value;
  }
}
