// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class FreePortTest {

  /** Else two forks take the same port now and then, and a program cannot open it. */
  @Test
  void theBuildNumbersItsForks() {
    // given
    boolean inFork = System.getProperty("surefire.test.class.path") != null;
    assumeTrue(inFork, "not run by Maven");

    // then
    assertThat(System.getProperty("test.fork")).matches("fork-[1-4]");
  }

  @Test
  void forksHaveDifferentPorts() {
    // given
    int fork = FreePort.fork();

    // when
    int port = FreePort.next();

    // then
    assertThat(port)
        .isBetween(FreePort.first(fork), FreePort.first(fork) + FreePort.PORTS_PER_FORK - 1);
    assertThat(FreePort.first(2) - FreePort.first(1)).isEqualTo(FreePort.PORTS_PER_FORK);
    assertThat(FreePort.first(5)).as("as many forks as there are").isEqualTo(FreePort.first(1));
  }
}
