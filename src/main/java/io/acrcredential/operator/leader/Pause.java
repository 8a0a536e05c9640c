// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import java.time.Duration;

/** Waits for a time; tests advance their clock instead. */
@FunctionalInterface
public interface Pause {
  /** Blocks for this long. */
  void await(Duration time) throws InterruptedException;
}
