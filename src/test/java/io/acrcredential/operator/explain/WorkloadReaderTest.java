// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.ContainerFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.EventFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.NamespaceFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.PodFacts;
import io.acrcredential.operator.kubernetes.filter.ResponseFilter;
import io.acrcredential.operator.kubernetes.filter.WatchEventSerialization;
import io.acrcredential.operator.testkit.MockApiServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With the client of the operator, which drops what no cache needs. */
class WorkloadReaderTest {

  private static final String NAMESPACE = "/api/v1/namespaces/team";
  private static final String ACCOUNT =
      """
      {"kind": "ServiceAccount", "apiVersion": "v1",
       "metadata": {"name": "app", "namespace": "team", "uid": "u", "resourceVersion": "5",
        "creationTimestamp": "2026-01-01T10:00:00Z", "labels": {"tier": "web"},
        "managedFields": [{"manager": "helm", "operation": "Apply", "apiVersion": "v1",
          "fieldsType": "FieldsV1", "fieldsV1": {"f:imagePullSecrets": {}}}]},
       "imagePullSecrets": [{"name": "pull"}]}
      """;
  private static final AccountFacts FACTS =
      new AccountFacts("app", Map.of("tier", "web"), List.of("pull"), List.of("helm"));

  private final KubernetesMockServer server = MockApiServer.create();
  private KubernetesClient client;

  @BeforeEach
  void start() {
    server.init();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withAutoConfigure(false)
                    .withMasterUrl(server.url("/"))
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .withKubernetesSerialization(new WatchEventSerialization(new ObjectMapper()))
            .withHttpClientBuilderConsumer(
                builder -> builder.addOrReplaceInterceptor("RESPONSE_FILTER", new ResponseFilter()))
            .build();
    answer(
        NAMESPACE,
        """
        {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "team",
         "labels": {"team": "a"}, "deletionTimestamp": "2026-01-02T00:00:00Z"}}
        """);
    answer(NAMESPACE + "/serviceaccounts/app", ACCOUNT);
    answer(
        NAMESPACE + "/serviceaccounts",
        "{\"kind\": \"ServiceAccountList\", \"apiVersion\": \"v1\", \"items\": [%s]}"
            .formatted(ACCOUNT));
    answer(
        NAMESPACE + "/pods/web",
        """
        {"kind": "Pod", "apiVersion": "v1",
         "metadata": {"name": "web", "namespace": "team",
          "creationTimestamp": "2026-01-01T11:00:00Z"},
         "spec": {"serviceAccountName": "app", "imagePullSecrets": [{"name": "own"}],
          "containers": [{"name": "c", "image": "host/app:1"}]},
         "status": {"containerStatuses": [{"name": "c", "image": "host/app:1", "imageID": "",
          "ready": false, "restartCount": 0,
          "state": {"waiting": {"reason": "ErrImagePull", "message": "denied"}}}]}}
        """);
    answer(
        NAMESPACE + "/events?fieldSelector=involvedObject.kind%3DPod%2CinvolvedObject.name%3Dweb",
        """
        {"kind": "EventList", "apiVersion": "v1", "items": [
         {"metadata": {"name": "e", "namespace": "team"}, "type": "Warning", "reason": "Failed",
          "message": "pull failed", "lastTimestamp": "2026-01-01T11:00:01Z",
          "involvedObject": {"kind": "Pod", "name": "web"}}]}
        """);
    answer(
        NAMESPACE + "/secrets/pull",
        """
        {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "pull", "namespace": "team"},
         "type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "e30="}}
        """);
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  @Test
  void readsAPodWithItsEventsAndItsServiceAccount() {
    // when
    WorkloadFacts facts = read(new Subject(Kind.POD, "team", "web"));

    // then
    assertThat(facts.pod().value())
        .contains(
            new PodFacts(
                "app",
                List.of("own"),
                Instant.parse("2026-01-01T11:00:00Z"),
                List.of(new ContainerFacts("host/app:1", "ErrImagePull", "denied")),
                List.of(new EventFacts("Failed", "pull failed"))));
    assertThat(facts.accounts().value()).contains(List.of(FACTS));
    assertThat(facts.secrets()).containsOnlyKeys("own", "pull");
    assertThat(facts.secrets().get("pull").value()).isPresent();
  }

  @Test
  void readsAServiceAccount() {
    assertThat(read(new Subject(Kind.SERVICE_ACCOUNT, "team", "app")).accounts().value())
        .contains(List.of(FACTS));
  }

  @Test
  void readsANamespaceWithWhoAppliesItsServiceAccounts() {
    // when
    WorkloadFacts facts = read(new Subject(Kind.NAMESPACE, "team", ""));

    // then
    assertThat(facts.namespace().value())
        .contains(new NamespaceFacts("team", Map.of("team", "a"), true));
    assertThat(facts.accounts().value()).contains(List.of(FACTS));
  }

  private WorkloadFacts read(Subject subject) {
    return new WorkloadReader(client, new ApiReader(client), subject, "pull").read();
  }

  private void answer(String path, String json) {
    server.expect().get().withPath(path).andReturn(200, json).always();
  }
}
