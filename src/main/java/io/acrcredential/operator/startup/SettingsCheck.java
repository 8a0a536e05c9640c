// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.Settings;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Checks the settings at the start of every command, before anything uses them. */
@Singleton
final class SettingsCheck {

  private static final Logger LOG = Logger.getLogger(SettingsCheck.class);

  void onStart(@Observes @Priority(1) StartupEvent event, Settings settings) {
    SettingsValidator.validate(settings);
    UnknownVariables.warnings(System.getenv().keySet()).forEach(LOG::warn);
  }
}
