// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.cli.OutputFormat;
import io.acrcredential.operator.cli.UsageException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckOptionsTest {

  @Test
  void readsAllOptions() {
    assertThat(parse("--region", "cn-beijing", "--instance=cri-abc", "-o", "json"))
        .isEqualTo(
            new CheckOptions(Optional.of("cn-beijing"), Optional.of("cri-abc"), OutputFormat.JSON));
    assertThat(parse())
        .isEqualTo(new CheckOptions(Optional.empty(), Optional.empty(), OutputFormat.TEXT));
    assertThat(parse("--instance=").instance()).as("the Personal Edition").contains("");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --region=Hangzhou | The value of --region is "Hangzhou": write a region id
          --region=evil.example/x | The value of --region is "evil.example/x": write a region id
          --instance=acme | The value of --instance is "acme": write an id such as cri-abc
          -o=xml | The output format is "xml": write json or yaml
          cri-abc | Unknown argument of check: "cri-abc".
          """)
  void refusesWrongValues(String word, String message) {
    assertThatThrownBy(() -> parse(word))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith(message);
  }

  private static CheckOptions parse(String... words) {
    return CheckOptions.parse(List.of(words));
  }
}
