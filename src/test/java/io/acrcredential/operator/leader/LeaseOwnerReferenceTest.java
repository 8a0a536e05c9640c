// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseOwnerReferenceTest {

  private static final String BOUND =
      """
      {"iss":"https://kubernetes.default.svc","kubernetes.io":{"namespace":"own",
       "pod":{"name":"p","uid":"2"},"serviceaccount":{"name":"puller","uid":"1"}}}""";
  private static final String FROM_SECRET =
      """
      {"kubernetes.io/serviceaccount/namespace":"own",
       "kubernetes.io/serviceaccount/service-account.name":"puller",
       "kubernetes.io/serviceaccount/service-account.uid":"1"}""";

  @ParameterizedTest
  @ValueSource(strings = {BOUND, FROM_SECRET})
  void findsTheServiceAccountInTheToken(String claims) {
    assertThat(LeaseOwnerReference.fromToken(token(claims), "own"))
        .contains(
            new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("ServiceAccount")
                .withName("puller")
                .withUid("1")
                .build());
  }

  @ParameterizedTest
  @ValueSource(strings = {BOUND, FROM_SECRET})
  void findsNoOwnerInAnotherNamespace(String claims) {
    assertThat(LeaseOwnerReference.fromToken(token(claims), "kube-system")).isEmpty();
  }

  @Test
  void findsNoOwnerInAnotherToken() {
    assertThat(LeaseOwnerReference.fromToken(token("{\"sub\":\"somebody\"}"), "own")).isEmpty();
    assertThat(LeaseOwnerReference.fromToken("opaque", "own")).isEmpty();
    assertThat(LeaseOwnerReference.fromToken("a.*.c", "own")).isEmpty();
    assertThat(LeaseOwnerReference.fromToken(token("no JSON"), "own")).isEmpty();
  }

  private static String token(String claims) {
    return "header."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(claims.getBytes(StandardCharsets.UTF_8))
        + ".signature";
  }
}
