// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.MockApiServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WriteFenceInterceptorTest {

  private final KubernetesMockServer server = MockApiServer.create();
  private final WriteFenceInterceptor fence = new WriteFenceInterceptor();
  private final ConfigMap map =
      new ConfigMapBuilder()
          .withNewMetadata()
          .withName("map")
          .withNamespace("team")
          .endMetadata()
          .build();
  private KubernetesClient client;

  @BeforeEach
  void start() {
    server.init();
    KubernetesClient other = server.createClient();
    client =
        RetryAfterInterceptor.withoutRetries(
            new KubernetesClientBuilder()
                .withConfig(other.getConfiguration())
                .withHttpClientBuilderConsumer(
                    builder -> builder.addOrReplaceInterceptor("WRITE_FENCE", fence))
                .build());
    other.close();
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  @Test
  void sendsNoWriteOfAnyClientWhileThisProcessDoesNotLead() {
    // given
    client.resource(map).create();
    int requests = server.getRequestCount();
    fence.guard(
        () -> {
          throw new NotLeadingException();
        });

    // then
    assertThatThrownBy(() -> client.resource(map).delete()).isInstanceOf(NotLeadingException.class);
    assertThatThrownBy(() -> Edits.replace(client.resource(map)))
        .isInstanceOf(NotLeadingException.class);
    assertThatThrownBy(
            () ->
                JsonPatch.ofVersion("1")
                    .add("/metadata/finalizers", "a/b")
                    .applyTo(client.resource(map)))
        .isInstanceOf(NotLeadingException.class);
    assertThat(client.configMaps().inNamespace("team").withName("map").get()).isNotNull();
    assertThat(server.getRequestCount() - requests).as("the read alone").isLessThanOrEqualTo(2);

    // when this process leads again
    fence.guard(() -> {});

    // then
    assertThat(client.resource(map).delete()).isNotEmpty();
  }

  @Test
  void letsLeasesPass() {
    // given
    fence.guard(
        () -> {
          throw new NotLeadingException();
        });

    // then
    assertThat(
            client
                .resource(
                    new LeaseBuilder()
                        .withNewMetadata()
                        .withName("lease")
                        .withNamespace("team")
                        .endMetadata()
                        .build())
                .create())
        .isNotNull();
  }
}
