package io.acrcredential.operator.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was asked for on the command line.
 *
 * @param namespaces that a policy covers
 * @param serviceAccounts in each of them, {@code default} among them
 * @param foreignSecrets of others, spread over the namespaces
 * @param runs of each measurement; the median is taken
 * @param seconds that the operator is watched idle
 * @param burst of new ServiceAccounts
 * @param curve numbers of namespaces to measure one after the other; empty = one size
 * @param binary a native operator; null = the jar
 * @param javaHome of the JVM for the operator and the bare writer
 * @param jvm more JVM options for the operator
 * @param check whether to fail where an aim is not kept
 * @param docs whether to write the results into docs/performance.md
 */
record Options(
    int namespaces,
    int serviceAccounts,
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
    String line) {

  static final String HELP =
      """
      Options:
        --namespaces N          covered by a policy (200)
        --service-accounts N    in each of them, default among them (5)
        --foreign-secrets N     of others (2000)
        --runs N                the median of so many is taken (5)
        --seconds N             idle: how long to watch (60)
        --burst N               latency: new ServiceAccounts at once (1000)
        --curve N,N,...         cold, rotate, memory: one size after the other
        --binary PATH           a native operator, e.g. target/acr-credential-operator-0.1.0-SNAPSHOT-runner
        --java HOME             the JVM of the operator and the bare writer
        --jvm OPTION            one more JVM option for the operator; may be repeated
        --check                 exit code 1 where an aim is not kept
        --docs                  write the results into docs/performance.md
      """;

  static Options parse(String benchmark, String... arguments) {
    int namespaces = 200;
    int serviceAccounts = 5;
    int foreignSecrets = 2_000;
    int runs = 5;
    int seconds = 60;
    int burst = 1_000;
    List<Integer> curve = List.of();
    Path binary = null;
    Path javaHome = Path.of(System.getProperty("java.home"));
    List<String> jvm = new ArrayList<>();
    boolean check = false;
    boolean docs = false;
    for (int i = 0; i < arguments.length; i++) {
      String option = arguments[i];
      switch (option) {
        case "--namespaces" -> namespaces = number(arguments, ++i);
        case "--service-accounts" -> serviceAccounts = number(arguments, ++i);
        case "--foreign-secrets" -> foreignSecrets = number(arguments, ++i);
        case "--runs" -> runs = number(arguments, ++i);
        case "--seconds" -> seconds = number(arguments, ++i);
        case "--burst" -> burst = number(arguments, ++i);
        case "--curve" ->
            curve =
                List.of(value(arguments, ++i).split(",")).stream()
                    .map(text -> number("--curve", text))
                    .toList();
        case "--binary" -> binary = Path.of(value(arguments, ++i)).toAbsolutePath();
        case "--java" -> javaHome = Path.of(value(arguments, ++i));
        case "--jvm" -> jvm.add(value(arguments, ++i));
        case "--help" -> throw new IllegalArgumentException(HELP);
        case "--check" -> check = true;
        case "--docs" -> docs = true;
        default -> throw new IllegalArgumentException("unknown option " + option + "\n\n" + HELP);
      }
    }
    return new Options(
        namespaces,
        serviceAccounts,
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
        ("./bench " + benchmark + " " + String.join(" ", arguments)).strip());
  }

  /** The sizes to measure, in their order. */
  List<Integer> sizes() {
    return curve.isEmpty() ? List.of(namespaces) : curve;
  }

  /** Foreign Secrets for so many namespaces: on a curve they grow along. */
  int foreignSecrets(int size) {
    return curve.isEmpty() ? foreignSecrets : size * 10;
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
      // told below
    }
    throw new IllegalArgumentException(option + " is \"" + text + "\": write a number, 0 or more");
  }

  private static String value(String[] arguments, int i) {
    if (i == arguments.length) {
      throw new IllegalArgumentException(arguments[i - 1] + " wants a value\n\n" + HELP);
    }
    return arguments[i];
  }
}
