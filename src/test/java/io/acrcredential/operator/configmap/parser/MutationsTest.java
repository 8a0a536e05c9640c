// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static java.util.Comparator.comparingInt;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.acrcredential.operator.configmap.parser.Mutations.Mutation;
import io.acrcredential.operator.configmap.parser.ParseResult.Understood;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parser understands what a human still understands. */
class MutationsTest {

  /** The article's blocks as they were meant, and the docs' other scenarios. */
  static final List<String> MEANT =
      List.of(
          """
          - instanceId: "cri-xxx"
            regionId: "cn-hangzhou"
            domains: "xxx.com,yyy.com"
          """,
          """
          - instanceId: ""
            regionId: "cn-hangzhou"
            domains: "xxx.com,yyy.com"
          """,
          """
          - instanceId: cri-xxx
            regionId: cn-hangzhou
            domains: xxx.com,yyy.com
          """,
          """
          - instanceId: ""
          - instanceId: "cri-xxxx"
          """,
          """
          - instanceId: ""
            regionId: cn-beijing
          - instanceId: ""
            regionId: cn-hangzhou
          """,
          """
          - instanceId: ""
            regionId: "cn-hangzhou"
            customAccessKey: "LTAI5tCANARY1"
            customAccessKeySecret: "Zq7CANARY2"
          - instanceId: "cri-abc"
            regionId: "cn-beijing"
            domains: "a.example.cn:5000,b.example.cn,c.example.cn"
            customAccessKey: "LTAI5tCANARY3"
            customAccessKeySecret: "Zq7CANARY4"
          """,
          """
          - instanceId: "cri-xxx"
            regionId: "cn-hangzhou"
            domains: "xxxxx-registry.cn-hangzhou.cr.aliyuncs.com"
            assumeRoleARN: "acs:ram::2000000000000002:role/acr-pull"
            expireDuration: 3600
          """);

  private static final long FIRST_SEED = 20240831L;
  private static final int EACH = 800;
  private static final int SHOWN = 20;

  /**
   * Some thousands; all that fail are counted by their mistakes, and the first of the simplest
   * sorts are shown. {@code -Dmistakes.seed=…} tries others.
   */
  @Test
  void readsThemAsMeant() {
    long first = Long.getLong("mistakes.seed", FIRST_SEED);
    Map<String, List<String>> wrong = new TreeMap<>();
    for (String meant : MEANT) {
      Understood wanted = (Understood) read(meant);
      assertThat(wanted.findings()).isEmpty();
      LongStream.range(first, first + EACH)
          .mapToObj(seed -> Mutations.of(seed, meant))
          .forEach(
              mutation ->
                  complaint(mutation, wanted)
                      .ifPresent(
                          text ->
                              wrong
                                  .computeIfAbsent(
                                      mutation.mistakes().toString(), k -> new ArrayList<>())
                                  .add(text)));
    }
    if (!wrong.isEmpty()) {
      String report =
          wrong.entrySet().stream()
              .sorted(comparingInt((Map.Entry<String, List<String>> e) -> e.getKey().length()))
              .limit(SHOWN)
              .map(e -> e.getValue().size() + " times " + e.getValue().get(0))
              .collect(joining("\n"));
      int all = wrong.values().stream().mapToInt(List::size).sum();
      fail("%d of %d are not read as meant%n%s", all, EACH * MEANT.size(), report);
    }
  }

  private static Optional<String> complaint(Mutation mutation, Understood wanted) {
    ParseResult reading = read(mutation.text());
    String told = "\n" + mutation + "findings: " + reading.findings() + "\n";
    if (reading.findings().stream().anyMatch(f -> f.message().contains("CANARY"))) {
      return Optional.of("A KEY IS SHOWN" + told);
    }
    if (!(reading instanceof Understood understood)) {
      return Optional.of("is unreadable" + told);
    }
    if (!understood.spec().equals(wanted.spec()) || !understood.keys().equals(wanted.keys())) {
      return Optional.of("is read as " + understood.spec().registries() + told);
    }
    boolean plain = mutation.isPlainYaml();
    if (plain != reading.findings().isEmpty()) {
      return Optional.of((plain ? "needs no repair" : "is repaired and not told") + told);
    }
    return Optional.empty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, -1, Long.MAX_VALUE})
  void theSameSeedGivesTheSameText(long seed) {
    for (String meant : MEANT) {
      assertThat(Mutations.of(seed, meant)).isEqualTo(Mutations.of(seed, meant));
      assertThat(Mutations.of(seed, meant).text()).isNotEqualTo(meant);
    }
  }

  /** Or the generator would test nothing. */
  @Test
  void mostOfThemAreNoYaml() {
    long broken =
        LongStream.range(0, 1000)
            .mapToObj(seed -> Mutations.of(seed, MEANT.get(0)))
            .filter(mutation -> !mutation.isPlainYaml())
            .count();
    assertThat(broken).isGreaterThan(700);
  }

  /** Every mistake is drawn, alone and with others. */
  @Test
  void drawsEveryMistake() {
    List<String> drawn =
        MEANT.stream()
            .flatMap(meant -> LongStream.range(0, 1000).mapToObj(seed -> Mutations.of(seed, meant)))
            .flatMap(mutation -> mutation.mistakes().stream())
            .distinct()
            .toList();
    assertThat(drawn).containsExactlyInAnyOrderElementsOf(Mutations.mistakes());
  }

  private static ParseResult read(String text) {
    return new AcrConfigurationParser().parse(Map.of("acr-registry-info", text));
  }
}
