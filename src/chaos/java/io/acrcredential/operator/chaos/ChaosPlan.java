// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What goes wrong in which order. The same options give the same plan: every fault once in a random
 * order, then again in another one; every fourth time another fault at the same time.
 */
final class ChaosPlan {

  private static final int ALONE = 3;

  private ChaosPlan() {}

  /** The faults of each step, one or two. */
  static List<List<ChaosFault>> of(ChaosOptions options) {
    List<ChaosFault> known = new ArrayList<>(ChaosFaults.all());
    if (!options.only().isEmpty()) {
      known.removeIf(fault -> !options.only().contains(fault.name()));
    }
    Random random = new Random(options.seed());
    List<ChaosFault> next = new ArrayList<>();
    List<List<ChaosFault>> steps = new ArrayList<>();
    int planned = 0;
    while (planned < options.faults()) {
      if (next.isEmpty()) {
        next.addAll(known);
        Collections.shuffle(next, random);
      }
      List<ChaosFault> step = new ArrayList<>(List.of(next.remove(0)));
      if (steps.size() % (ALONE + 1) == ALONE && planned + 1 < options.faults()) {
        next.stream()
            .filter(fault -> fault.part().combinesWith(step.get(0).part()))
            .findFirst()
            .ifPresent(step::add);
        next.removeAll(step);
      }
      planned += step.size();
      steps.add(step);
    }
    return steps;
  }
}
