// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QpsLimitTest {

  private static final long SECOND = 1_000_000_000;
  private final QpsLimit limit = new QpsLimit(5);

  @Test
  void permitsABurstOfOneSecond() {
    assertThat(admitted("1001", "cn-hangzhou", 20, 0)).isEqualTo(5);
  }

  @Test
  void refillsRegardlessOfRefusals() {
    // given
    admitted("1001", "cn-hangzhou", 20, 0);
    // when
    var fifthOfASecond = admitted("1001", "cn-hangzhou", 20, SECOND / 5);
    var oneSecond = admitted("1001", "cn-hangzhou", 20, SECOND / 5 + SECOND);
    // then
    assertThat(fifthOfASecond).isEqualTo(1);
    assertThat(oneSecond).isEqualTo(5);
  }

  @Test
  void limitsAccountsAndRegionsSeparately() {
    // given
    admitted("1001", "cn-hangzhou", 20, 0);
    // then
    assertThat(admitted("1001", "cn-beijing", 20, 0)).isEqualTo(5);
    assertThat(admitted("1002", "cn-hangzhou", 20, 0)).isEqualTo(5);
  }

  private long admitted(String account, String region, int calls, long nanoTime) {
    return IntStream.range(0, calls)
        .filter(
            call -> {
              try {
                limit.admit(account, region, nanoTime);
                return true;
              } catch (Refusal refusal) {
                assertThat(refusal.code).isEqualTo("Throttling.User");
                return false;
              }
            })
        .count();
  }
}
