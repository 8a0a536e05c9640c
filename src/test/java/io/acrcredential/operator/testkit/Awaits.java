// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.awaitility.core.ConditionFactory;

/** How long tests wait for the operator. */
public final class Awaits {

  private Awaits() {}

  /** For what shall happen. */
  public static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(100));
  }

  /** For what shall not happen: long enough for the operator to have done it many times over. */
  public static ConditionFactory steady() {
    return soon().during(Duration.ofSeconds(2));
  }
}
