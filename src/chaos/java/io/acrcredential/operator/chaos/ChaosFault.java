// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import java.time.Duration;

/**
 * Something that goes wrong for a while.
 *
 * @param name as printed
 * @param part what it concerns; two faults of the same part never overlap
 * @param healWithin how long the cluster may take to converge after its end
 * @param effect starts it
 */
record ChaosFault(String name, Part part, Duration healWithin, Effect effect) {

  /** What a fault concerns. */
  enum Part {
    LINE,
    REQUESTS,
    WATCHES,
    CONTROL_PLANE,
    CLOUD,
    OPERATOR,
    TENANTS;

    /** Whether faults of both can be in force at the same time: the run itself needs the API. */
    boolean combinesWith(Part other) {
      return this != other && this != CONTROL_PLANE && other != CONTROL_PLANE;
    }
  }

  /** Starts a fault. */
  @FunctionalInterface
  interface Effect {

    /** Returns what ends it. */
    Runnable begin(Scene scene);
  }

  @Override
  public String toString() {
    return name;
  }
}
