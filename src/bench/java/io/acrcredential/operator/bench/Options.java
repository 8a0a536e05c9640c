// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command-line options.
 *
 * @param builds to compare, the old one first; empty for other commands than compare
 * @param namespaces that a policy covers
 * @param serviceAccounts in each of them, {@code default} among them
 * @param policies that cover the same namespaces, with one registry
 * @param foreignSecrets of others, spread over the namespaces
 * @param runs of each measurement; the median is taken
 * @param seconds that the operator is watched idle
 * @param burst of new ServiceAccounts
 * @param curve numbers of namespaces to measure one after the other; empty = one size
 * @param binary a native operator; null = the jar
 * @param javaHome of the JVM for the operator and the bare writer
 * @param jvm more options for the operator's JVM, or for the native operator
 * @param check whether to fail if an aim is missed
 * @param docs whether to write the results into docs/performance.md
 * @param markdown whether to print the results as Markdown
 * @param line the command line, as it was given
 */
public record Options(
    List<String> builds,
    int namespaces,
    int serviceAccounts,
    int policies,
    int foreignSecrets,
    int runs,
    int seconds,
    int burst,
    List<Integer> curve,
    Path binary,
    Path javaHome,
    List<String> jvm,
    boolean check,
    boolean docs,
    boolean markdown,
    String line) {

  static final String HELP =
      """
      Options:
        --namespaces N          covered by a policy (200)
        --service-accounts N    in each of them, default among them (5)
        --policies N            that all cover the same namespaces with the same registry (1);
                                not for fanout, admission and size
        --foreign-secrets N     of others (2000)
        --runs N                measurements per figure, of which the median is shown (5); compare: rounds
        --seconds N             idle, compare: how long to watch (60, compare 30); compare: 0 = not at all
        --burst N               latency: new ServiceAccounts at once (1000)
        --curve N,N,...         cold, rotate, memory: one size after the other
        --binary FILE           a native operator, e.g. target/acr-credential-operator-0.1.0-SNAPSHOT-runner
        --java HOME             the JVM of the operator and the bare writer
        --jvm OPTION            one more option for the operator's JVM, or for the binary, such as -Xmx128m;
                                may be repeated
        --check                 exit code 1 if an aim is missed
        --markdown              print the results as Markdown
        --docs                  write the results into docs/performance.md

      ./bench compare OLD NEW takes two builds, each of which is
        a commit                packaged in a temporary worktree, once: target/bench-builds keeps it
        a directory             with target/quarkus-app, such as . for this one, which is packaged anew
        a file                  a native operator
      """;

  static Options parse(String benchmark, String... arguments) {
    boolean compare = benchmark.equals("compare");
    List<String> builds = new ArrayList<>();
    int namespaces = 200;
    int serviceAccounts = 5;
    int policies = 1;
    int foreignSecrets = 2_000;
    int runs = 5;
    int seconds = compare ? 30 : 60;
    int burst = 1_000;
    List<Integer> curve = List.of();
    Path binary = null;
    Path javaHome = Path.of(System.getProperty("java.home"));
    List<String> jvm = new ArrayList<>();
    boolean check = false;
    boolean docs = false;
    boolean markdown = false;
    for (int i = 0; i < arguments.length; i++) {
      String option = arguments[i];
      switch (option) {
        case "--namespaces" -> namespaces = number(arguments, ++i);
        case "--service-accounts" -> serviceAccounts = number(arguments, ++i);
        case "--policies" -> policies = positive(arguments, ++i);
        case "--foreign-secrets" -> foreignSecrets = number(arguments, ++i);
        case "--runs" -> runs = positive(arguments, ++i);
        case "--seconds" -> seconds = number(arguments, ++i);
        case "--burst" -> burst = number(arguments, ++i);
        case "--curve" ->
            curve =
                List.of(value(arguments, ++i).split(",")).stream()
                    .map(text -> number("--curve", text))
                    .toList();
        case "--binary" -> binary = executable(value(arguments, ++i));
        case "--java" -> javaHome = Path.of(value(arguments, ++i));
        case "--jvm" -> jvm.add(value(arguments, ++i));
        case "--help" -> throw new IllegalArgumentException(HELP);
        case "--check" -> check = true;
        case "--docs" -> docs = true;
        case "--markdown" -> markdown = true;
        default -> {
          if (!compare || option.startsWith("-")) {
            throw new IllegalArgumentException("unknown argument " + option + "\n\n" + HELP);
          }
          builds.add(option);
        }
      }
    }
    if (compare && builds.size() != 2) {
      throw new IllegalArgumentException("compare takes two builds, OLD and NEW\n\n" + HELP);
    }
    if (compare && binary != null) {
      throw new IllegalArgumentException("compare takes no --binary: give it as OLD or NEW");
    }
    return new Options(
        List.copyOf(builds),
        namespaces,
        serviceAccounts,
        policies,
        foreignSecrets,
        runs,
        seconds,
        burst,
        curve,
        binary,
        javaHome,
        List.copyOf(jvm),
        check,
        docs,
        markdown,
        ("./bench " + benchmark + " " + String.join(" ", arguments)).strip());
  }

  /** The numbers of namespaces to measure, in order. */
  List<Integer> sizes() {
    return curve.isEmpty() ? List.of(namespaces) : curve;
  }

  /** The number of foreign Secrets for this number of namespaces: on a curve 10 per namespace. */
  int foreignSecrets(int size) {
    return curve.isEmpty() ? foreignSecrets : size * 10;
  }

  private static Path executable(String text) {
    Path file = Path.of(text).toAbsolutePath();
    if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
      throw new IllegalArgumentException(text + " is not an executable file");
    }
    return file;
  }

  private static int positive(String[] arguments, int i) {
    int number = number(arguments, i);
    if (number == 0) {
      throw new IllegalArgumentException(arguments[i - 1] + " is \"0\": write a number, 1 or more");
    }
    return number;
  }

  private static int number(String[] arguments, int i) {
    return number(arguments[i - 1], value(arguments, i));
  }

  private static int number(String option, String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new IllegalArgumentException(option + " is \"" + text + "\": write a number, 0 or more");
  }

  private static String value(String[] arguments, int i) {
    if (i == arguments.length) {
      throw new IllegalArgumentException(arguments[i - 1] + " needs a value\n\n" + HELP);
    }
    return arguments[i];
  }
}
