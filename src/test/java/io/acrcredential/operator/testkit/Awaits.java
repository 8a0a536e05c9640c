// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
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
   * Waits until a value stays the same for two seconds: the operator writes Events after the status
   * and a token after its request, and the API server logs a request after its reply.
   *
   * @return the value
   */
  public static <T> T settled(Supplier<T> value) {
    Object[] last = {new Object()};
    AtomicReference<T> settled = new AtomicReference<>();
    steady()
        .until(
            () -> {
              T now = value.get();
              boolean same = now.equals(last[0]);
              last[0] = now;
              settled.set(now);
              return same;
            });
    return settled.get();
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
