// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.Settings;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Checks the settings at the start of every command, before anything uses them. */
@Singleton
final class SettingsCheck {

  void onStart(@Observes @Priority(1) StartupEvent event, Settings settings) {
    SettingsValidator.validate(settings);
  }
}
