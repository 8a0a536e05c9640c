// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.awaitility.core.ConditionFactory;

/** How long tests wait for the operator. */
public final class Awaits {

  private Awaits() {}

  /** For a condition that must become true within 30 s. */
  public static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(100));
  }

  /** For a condition that must stay true: 2 s, in which the operator could act many times. */
  public static ConditionFactory steady() {
    return soon().during(Duration.ofSeconds(2));
  }
}
