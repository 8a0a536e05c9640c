// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** What was called, and how much of it at once. */
final class CallLog {

  private final Queue<RecordedCall> calls = new ConcurrentLinkedQueue<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger mostOpen = new AtomicInteger();

  void enter() {
    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
  }

  void leave() {
    open.decrementAndGet();
  }

  int mostOpen() {
    return mostOpen.get();
  }

  void add(RecordedCall call) {
    calls.add(call);
  }

  List<RecordedCall> all() {
    return List.copyOf(calls);
  }

  void clear() {
    calls.clear();
    mostOpen.set(open.get());
  }
}
