// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.QuarkusBindException;
import java.net.BindException;
import org.junit.jupiter.api.Test;

class StartFailureTest {

  @Test
  void namesThePortInUse() {
    assertThat(
            StartFailure.text(
                new RuntimeException(
                    new QuarkusBindException("0.0.0.0", 8080, new BindException()))))
        .isEqualToIgnoringNewLines(
            "The port 8080 is in use: stop the other process, or set QUARKUS_HTTP_PORT");
  }

  /** It may be a password. */
  @Test
  void doesNotQuoteTheSettingsOfQuarkus() {
    assertThat(
            StartFailure.text(
                new IllegalArgumentException(
                    "SRCFG00039: The config property quarkus.http.port with the config value"
                        + " \"canary\" threw an Exception whilst being converted SRCFG00029:"
                        + " Expected an integer value, got \"canary\"")))
        .isEqualToIgnoringNewLines("QUARKUS_HTTP_PORT has an invalid value: write a number");
  }

  @Test
  void printsTheTraceOfDefectWithoutItsMessage() {
    assertThat(StartFailure.text(new IllegalStateException("canary")))
        .startsWith("The start failed: java.lang.IllegalStateException")
        .contains("StartFailureTest")
        .doesNotContain("canary");
  }
}
