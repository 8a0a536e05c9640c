// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names the environment variable whose value SmallRye Config cannot convert. */
public final class InvalidSetting {

  private static final Pattern MESSAGE =
      Pattern.compile("config property (\\S+) with the config value \"(.*?)\" threw");

  private static final Pattern ALLOWED_VALUES = Pattern.compile("allowed values: (\\S+)");

  private static final Pattern NUMBER = Pattern.compile("Expected an? (integer|long|double|float)");

  /** The values of other settings may be secret. */
  private static final String OWN_SETTINGS = "ACR_";

  private InvalidSetting() {}

  /** One sentence; empty if the exception is another one. */
  public static Optional<String> sentence(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    Matcher setting = MESSAGE.matcher(message);
    return setting.find()
        ? Optional.of(sentence(setting.group(1), setting.group(2), message))
        : Optional.empty();
  }

  private static String sentence(String property, String value, String message) {
    String variable = property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    Matcher allowed = ALLOWED_VALUES.matcher(message);
    String fix = "write a valid value";
    if (allowed.find()) {
      fix = "write one of " + allowed.group(1).replace(",", ", ");
    } else if (NUMBER.matcher(message).find()) {
      fix = "write a number";
    }
    return variable.startsWith(OWN_SETTINGS)
        ? variable + " is \"" + TextSanitizer.clean(value) + "\": " + fix
        : variable + " has an invalid value: " + fix;
  }
}
