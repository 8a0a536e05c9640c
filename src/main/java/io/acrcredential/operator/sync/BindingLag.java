// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.queue.WorkItem;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Measures how long ServiceAccounts wait for their binding: the metric acr_binding_lag. */
public final class BindingLag {

  private final Timer timer;

  /** When a ServiceAccount was first observed to need its binding, in nanoseconds. */
  private final Map<WorkItem.Bind, Long> unboundSince = new ConcurrentHashMap<>();

  public BindingLag(MeterRegistry meters) {
    this.timer =
        Timer.builder("acr_binding_lag")
            .description("from the watch event of a ServiceAccount to its binding")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofMinutes(1))
            .register(meters);
  }

  /** Starts the measurement, unless it runs already. */
  void onUnbound(WorkItem.Bind bind) {
    unboundSince.putIfAbsent(bind, System.nanoTime());
  }

  /** Ends the measurement. */
  void onBound(WorkItem.Bind bind) {
    Long since = unboundSince.remove(bind);
    if (since != null) {
      timer.record(System.nanoTime() - since, TimeUnit.NANOSECONDS);
    }
  }

  void onDeleted(WorkItem.Bind bind) {
    unboundSince.remove(bind);
  }
}
