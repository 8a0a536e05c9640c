// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.StartException;
import io.acrcredential.operator.policy.ValueFormat;

/** Checks at start what the type of a setting cannot express. */
final class SettingsValidator {

  private SettingsValidator() {}

  /**
   * @throws StartException naming the environment variable and what it must be
   */
  static void validate(Settings settings) {
    settings
        .region()
        .filter(region -> !ValueFormat.REGION.matches(region))
        .ifPresent(
            region -> {
              throw new StartException(
                  "ACR_REGION is \"" + region + "\": write a region id such as cn-hangzhou");
            });
    if (!(settings.requestsPerSecond() > 0)) {
      throw new StartException(
          "ACR_REQUESTS_PER_SECOND is "
              + settings.requestsPerSecond()
              + ": write a number above 0");
    }
  }
}
