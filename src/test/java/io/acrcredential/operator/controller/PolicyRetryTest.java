// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class PolicyRetryTest {

  /** Only the property counts in every build: application.properties says why. */
  @Test
  void initialIntervalIsSetAtRunTimeToo() throws IOException {
    // given
    String controller = PolicyReconciler.class.getAnnotation(ControllerConfiguration.class).name();
    GradualRetry retry = PolicyReconciler.class.getAnnotation(GradualRetry.class);
    Properties properties = new Properties();
    try (InputStream file = getClass().getResourceAsStream("/application.properties")) {
      properties.load(file);
    }

    // then
    assertThat(properties)
        .containsEntry(
            "quarkus.operator-sdk.controllers." + controller + ".retry.interval.initial",
            String.valueOf(retry.initialInterval()));
  }
}
