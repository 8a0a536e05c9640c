// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.finding;

import io.acrcredential.operator.cli.UsageException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The language of an explanation. */
public enum Language {
  ENGLISH,
  CHINESE;

  /** The name of the option. */
  public static final String OPTION = "--lang";

  /**
   * The language that the option names; without it that of the locale, which POSIX reads from the
   * first of LC_ALL, LC_MESSAGES and LANG that is set.
   *
   * @throws UsageException for an option other than {@code en} and {@code zh}
   */
  public static Language of(Optional<String> option, Map<String, String> environment) {
    if (option.isPresent()) {
      return switch (option.get()) {
        case "en" -> ENGLISH;
        case "zh" -> CHINESE;
        default ->
            throw new UsageException(
                "The language is \"%s\": write en or zh.".formatted(option.get()));
      };
    }
    String locale =
        Stream.of("LC_ALL", "LC_MESSAGES", "LANG")
            .map(name -> environment.getOrDefault(name, ""))
            .filter(value -> !value.isEmpty())
            .findFirst()
            .orElse("");
    return locale.startsWith("zh") ? CHINESE : ENGLISH;
  }
}
