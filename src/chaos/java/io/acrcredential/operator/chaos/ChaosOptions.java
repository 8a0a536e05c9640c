// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The command-line options.
 *
 * @param faults how many
 * @param seed of the plan and of every parameter
 * @param only the names of the faults to choose from; empty = all
 * @param leastHold how long a fault lasts at least
 * @param mostHold how long a fault lasts at most
 * @param slack how much longer than its limit the effect of a fault may take to heal
 * @param planOnly whether to print the plan instead of running it
 */
record ChaosOptions(
    int faults,
    long seed,
    List<String> only,
    Duration leastHold,
    Duration mostHold,
    Duration slack,
    boolean planOnly) {

  static final String HELP =
      """
      Options:
        --faults N          how many faults (20); 200 take 30 to 60 minutes
        --seed N            repeats the plan of another run (random, and printed)
        --only NAME,NAME    only these faults
        --hold MIN-MAX      seconds that a fault lasts (3-15)
        --slack SECONDS     how much later than promised a loaded machine may heal (0)
        --plan              prints the plan and runs nothing
      """;

  static ChaosOptions parse(String... arguments) {
    int faults = 20;
    long seed = new Random().nextInt(1_000_000);
    List<String> only = new ArrayList<>();
    String[] hold = {"3", "15"};
    Duration slack = Duration.ZERO;
    boolean planOnly = false;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--faults" -> faults = Integer.parseInt(value(arguments, ++i));
        case "--seed" -> seed = Long.parseLong(value(arguments, ++i));
        case "--only" -> only.addAll(List.of(value(arguments, ++i).split(",")));
        case "--hold" -> hold = value(arguments, ++i).split("-");
        case "--slack" -> slack = seconds(value(arguments, ++i));
        case "--plan" -> planOnly = true;
        default -> throw new IllegalArgumentException("there is no option " + arguments[i]);
      }
    }
    List<String> names = ChaosFaults.all().stream().map(ChaosFault::name).toList();
    for (String name : only) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException("there is no fault " + name + "; there are " + names);
      }
    }
    if (hold.length != 2) {
      throw new IllegalArgumentException("--hold is MIN-MAX, such as 3-15");
    }
    return new ChaosOptions(
        faults, seed, only, seconds(hold[0]), seconds(hold[1]), slack, planOnly);
  }

  private static String value(String[] arguments, int index) {
    if (index == arguments.length) {
      throw new IllegalArgumentException(arguments[index - 1] + " needs a value");
    }
    return arguments[index];
  }

  private static Duration seconds(String text) {
    return Duration.ofSeconds(Integer.parseInt(text));
  }
}
