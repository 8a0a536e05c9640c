// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.MockApiServer;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdmissionProbeTest {

  private static final String PATH = "/api/v1/namespaces/ns/serviceaccounts/app";
  private static final String DRY_RUN = PATH + "?fieldManager=acr-credential-operator&dryRun=All";

  private final KubernetesMockServer server = MockApiServer.create();

  @BeforeEach
  void start() {
    server.init();
  }

  @AfterEach
  void stop() {
    server.destroy();
  }

  /** At start the operator binds it in the same moment. */
  @Test
  void repeatsTheDryRunIfTheServiceAccountHasChanged() {
    // given
    server.expect().get().withPath(PATH).andReturn(200, account("1")).once();
    server.expect().patch().withPath(DRY_RUN).andReturn(422, Map.of("code", 422)).once();
    server.expect().get().withPath(PATH).andReturn(200, account("2", "pull")).once();
    server.expect().patch().withPath(DRY_RUN).andReturn(200, account("2", "pull")).once();

    // when
    var added = new AdmissionProbe(server.createClient(), "pull").isEntryAdded("ns", "app");

    // then
    assertThat(added).contains(true);
  }

  @Test
  void doesNotKnowIfTheServiceAccountIsGone() {
    // given
    server.expect().get().withPath(PATH).andReturn(404, Map.of("code", 404)).always();

    // then
    assertThat(new AdmissionProbe(server.createClient(), "pull").isEntryAdded("ns", "app"))
        .isEmpty();
  }

  private static Map<String, Object> account(String version, String... entries) {
    return Map.of(
        "metadata",
        Map.of("name", "app", "namespace", "ns", "resourceVersion", version),
        "imagePullSecrets",
        Arrays.stream(entries).map(entry -> Map.of("name", entry)).toList());
  }
}
