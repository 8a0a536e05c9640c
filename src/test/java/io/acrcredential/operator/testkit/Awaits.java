// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** How long tests wait for something that happens by itself. */
public final class Awaits {

  /** Enough on a loaded machine; who waits successfully waits less. */
  public static final Duration PATIENCE = Duration.ofSeconds(90);

  private Awaits() {}

  /** For a condition that must become true. */
  public static ConditionFactory soon() {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .dontCatchUncaughtExceptions();
  }

  /** For a condition that must stay true: 2 s, in which the operator could act many times. */
  public static ConditionFactory steady() {
    return soon().during(Duration.ofSeconds(2));
  }

  /**
   * Changes the defaults of {@code await()} for all tests of a JVM. The patience would be 10 s, and
   * an exception in a thread that an earlier test left would fail a later test that waits.
   */
  public static final class Defaults implements LauncherSessionListener {

    @Override
    public void launcherSessionOpened(LauncherSession session) {
      Awaitility.setDefaultTimeout(PATIENCE);
      Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }
  }
}
