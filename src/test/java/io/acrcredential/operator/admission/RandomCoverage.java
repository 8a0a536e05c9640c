// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.admission.CoverageCases.Account;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random policies and ServiceAccounts. */
final class RandomCoverage {

  private RandomCoverage() {}

  /** A ServiceAccount in one of these namespaces. */
  static Account account(Random random, Set<String> namespaces) {
    return new Account(
        any(random, List.copyOf(namespaces)),
        any(random, List.of("default", "app", "app.one", "builder", "job-")),
        randomLabels(random));
  }

  private static final List<String> KEYS = List.of("acr", "team", "example.com/tier");
  private static final List<String> VALUES = List.of("on", "off", "a", "b", "gold", "");

  /** A spec in flow style, without its registries. */
  static String spec(Random random) {
    List<String> parts = new ArrayList<>();
    parts.add(
        "targets: {namespaces: {%s}, serviceAccounts: {%s}}"
            .formatted(
                targets(random, List.of("default", "team-a", "team-b", "plain", "*"), true),
                targets(random, List.of("default", "app", "app.one", "job", "*"), false)));
    if (random.nextInt(12) == 0) {
      parts.add("suspend: true");
    }
    if (random.nextInt(12) == 0) {
      parts.add("bindAtCreation: false");
    }
    return String.join(", ", parts);
  }

  private static String targets(Random random, List<String> names, boolean exclude) {
    List<String> parts = new ArrayList<>();
    if (random.nextInt(3) > 0) {
      parts.add("names: " + some(random, names));
    }
    if (random.nextBoolean()) {
      parts.add("selector: " + selector(random));
    }
    if (exclude && random.nextInt(3) == 0) {
      parts.add("exclude: " + some(random, List.of("team-a", "plain", "kube-system")));
    }
    return String.join(", ", parts);
  }

  private static String selector(Random random) {
    List<String> expressions = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      String key = any(random, KEYS);
      expressions.add(
          switch (random.nextInt(4)) {
            case 0 -> "{key: %s, operator: In, values: %s}".formatted(key, oneOrMore(random));
            case 1 -> "{key: %s, operator: NotIn, values: %s}".formatted(key, oneOrMore(random));
            case 2 -> "{key: %s, operator: Exists}".formatted(key);
            default -> "{key: %s, operator: DoesNotExist}".formatted(key);
          });
    }
    String labels =
        random.nextInt(3) == 0 ? "%s: '%s'".formatted(any(random, KEYS), any(random, VALUES)) : "";
    return "{matchLabels: {%s}, matchExpressions: [%s]}"
        .formatted(labels, String.join(", ", expressions));
  }

  private static String oneOrMore(Random random) {
    return IntStream.rangeClosed(0, random.nextInt(3))
        .mapToObj(i -> "'" + any(random, VALUES) + "'")
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String some(Random random, List<String> all) {
    return all.stream()
        .filter(each -> random.nextInt(3) == 0)
        .map(each -> "'" + each + "'")
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static Map<String, String> randomLabels(Random random) {
    Map<String, String> labels = new HashMap<>();
    for (String key : KEYS) {
      if (random.nextBoolean()) {
        labels.put(key, any(random, VALUES));
      }
    }
    return labels;
  }

  private static <T> T any(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
