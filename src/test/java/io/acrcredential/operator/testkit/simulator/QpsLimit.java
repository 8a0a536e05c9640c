// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A token bucket per account and region: so many calls a second, bursts of one second's worth. */
final class QpsLimit {

  private static final double SECOND = 1e9;

  private record Bucket(double left, long nanoTime) {}

  private final double perSecond;
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  QpsLimit(double perSecond) {
    this.perSecond = perSecond;
  }

  void admit(String account, String region, long nanoTime) throws Refusal {
    var bucket =
        buckets.compute(
            account + " " + region,
            (same, old) -> old == null ? new Bucket(perSecond - 1, nanoTime) : next(old, nanoTime));
    if (bucket.left() < 0) {
      throw Refusal.byGateway(
          400, "Throttling.User", "Request was denied due to user flow control.");
    }
  }

  private Bucket next(Bucket old, long nanoTime) {
    var seconds = (nanoTime - old.nanoTime()) / SECOND;
    var filled = Math.min(perSecond, paid(old.left()) + seconds * perSecond);
    return new Bucket(filled - 1, nanoTime);
  }

  /** Below zero = that call was refused, and gets back what it took. */
  private static double paid(double left) {
    return left < 0 ? left + 1 : left;
  }
}
