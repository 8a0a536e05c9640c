// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class CipherSuitesTest {

  @Test
  void offersAllSuitesOfTheJdkWithChaCha20First() throws NoSuchAlgorithmException {
    // given
    List<String> jdk = List.of(SSLContext.getDefault().getDefaultSSLParameters().getCipherSuites());

    // when
    List<String> ordered = List.of(CipherSuites.ordered());

    // then
    assertThat(jdk.get(0)).doesNotContain("CHACHA20");
    assertThat(ordered.get(0)).isEqualTo("TLS_CHACHA20_POLY1305_SHA256");
    assertThat(ordered).containsExactlyInAnyOrderElementsOf(jdk);
    assertThat(withoutChaCha20(ordered)).isEqualTo(withoutChaCha20(jdk));
  }

  private static List<String> withoutChaCha20(List<String> suites) {
    return suites.stream().filter(suite -> !suite.contains("CHACHA20")).toList();
  }
}
