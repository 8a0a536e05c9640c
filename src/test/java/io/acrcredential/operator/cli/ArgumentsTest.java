// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArgumentsTest {

  private static final Set<String> KNOWN = Set.of("--region", "-o");

  @Test
  void readsOperandsAndBothFormsOfAnOption() {
    // when
    Arguments arguments = parse("pod", "--region=cn-hangzhou", "team-a/web", "-o", "json");

    // then
    assertThat(arguments.operands()).containsExactly("pod", "team-a/web");
    assertThat(arguments.options()).isEqualTo(Map.of("--region", "cn-hangzhou", "-o", "json"));
    assertThat(arguments.option("--lang")).isEmpty();
    assertThat(parse("--region", "").option("--region")).contains("");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> parse("--zone=a"))
        .isInstanceOf(UsageException.class)
        .hasMessage("Unknown option of check: \"--zone\".");
    assertThatThrownBy(() -> parse("--region"))
        .isInstanceOf(UsageException.class)
        .hasMessage("The option --region needs a value.");
    assertThatThrownBy(() -> parse("-o", "json", "-o=yaml"))
        .isInstanceOf(UsageException.class)
        .hasMessage("The option -o is given twice.");
  }

  private static Arguments parse(String... words) {
    return Arguments.parse("check", List.of(words), KNOWN);
  }
}
