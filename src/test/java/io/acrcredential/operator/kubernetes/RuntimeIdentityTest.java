// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RuntimeIdentityTest {

  @Test
  void isThePodsNameEvenIfItHasTheHostNameOfItsNode() {
    // given
    Map<String, String> pod = Map.of("POD_NAME", "operator-7d9f", "HOSTNAME", "node-1");

    // then
    assertThat(RuntimeIdentity.identity(pod)).isEqualTo("operator-7d9f");
  }

  @Test
  void differsBetweenProcessesOnOneHost() {
    // given
    Map<String, String> host = Map.of("HOSTNAME", "node-1");

    // then
    assertThat(RuntimeIdentity.identity(host))
        .startsWith("node-1-")
        .isNotEqualTo(RuntimeIdentity.identity(host));
  }
}
