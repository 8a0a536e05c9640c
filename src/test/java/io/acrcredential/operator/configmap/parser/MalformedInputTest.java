// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever the text: the parser returns, quotes no AccessKey and drops no identity. */
class MalformedInputTest {

  private static final String TEXT =
      """
      - instanceId: "cri-abc"
        regionId: "cn-hangzhou"
        domains: "a.example.cn,b.example.cn"
        customAccessKey: "LTAI5tCANARY1"
        customAccessKeySecret: "Zq7CANARY2"
      - instanceId: ""
        customAccessKey: LTAI5tCANARY3
        customAccessKeySecret: Zq7CANARY4
      """;

  private static final List<String> BITS =
      List.of(
          " ", "\n", "\t", "-", "- ", ":", ": ", "\"", ",", "#", "{", "}", "[", "*", "&", "//", "“",
          ",", ":", "x", "");

  /** At {@code at} the text is cut by {@code cut} characters and {@code bit} put in. */
  record Mistake(int at, int cut, String bit) {
    String in(String text) {
      int from = Math.min(at, text.length());
      return text.substring(0, from) + bit + text.substring(Math.min(text.length(), from + cut));
    }
  }

  @Property(tries = 5000)
  void neverThrowsOrQuotesAccessKey(@ForAll("mistakes") List<Mistake> mistakes) {
    // given
    String text = TEXT;
    for (Mistake mistake : mistakes) {
      text = mistake.in(text);
    }

    // when
    ParseResult reading = new AcrConfigurationParser().parse(Map.of("acr-registry-info", text));

    // then
    assertThat(reading.findings()).as(text).noneMatch(f -> f.message().contains("CANARY"));
    if (reading instanceof ParseResult.Understood understood) {
      assertThat(understood.toString()).as(text).doesNotContainIgnoringCase("canary");
    }
  }

  @Provide
  Arbitrary<List<Mistake>> mistakes() {
    return Combinators.combine(
            Arbitraries.integers().between(0, TEXT.length()),
            Arbitraries.integers().between(0, 2),
            Arbitraries.of(BITS))
        .as(Mistake::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }
}
