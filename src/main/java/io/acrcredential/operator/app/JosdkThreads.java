// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.javaoperatorsdk.operator.Operator;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Adapts the thread pools of JOSDK. */
final class JosdkThreads {

  private JosdkThreads() {}

  /**
   * Keeps one thread in the scheduler of JOSDK 5.3.2. It is created without core threads, and the
   * JDK then lets a worker poll the queue instead of waiting for the next task, about 100 times a
   * second (JDK-8065320). To be called after each start, which creates the pool.
   */
  static void calmScheduler(Operator operator) {
    ScheduledExecutorService scheduler =
        operator.getConfigurationService().getExecutorServiceManager().scheduledExecutorService();
    if (scheduler instanceof ScheduledThreadPoolExecutor pool) {
      pool.setCorePoolSize(1);
    }
  }
}
