// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.queue.WorkQueue;
import java.util.ArrayList;
import java.util.List;

/** Takes work from a queue as workers do. */
public final class WorkQueues {

  private WorkQueues() {}

  /** All that is ready, in the order of the queue; each is done at once. */
  public static <K> List<K> drained(WorkQueue<K> queue) {
    List<K> all = new ArrayList<>();
    for (K work = queue.poll(); work != null; work = queue.poll()) {
      all.add(work);
      queue.done(work);
    }
    return all;
  }
}
