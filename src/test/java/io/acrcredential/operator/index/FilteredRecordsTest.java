// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.index.ClusterCache.ObservedNamespace;
import io.acrcredential.operator.kubernetes.filter.ResponseFilter;
import io.acrcredential.operator.kubernetes.filter.WatchEventSerialization;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.testkit.PullSecrets;
import io.fabric8.kubernetes.api.model.FieldsV1;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceListBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.SecretListBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountListBuilder;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is dropped from lists and watch events is not missing in records. */
class FilteredRecordsTest {

  private static final KubernetesSerialization PLAIN =
      new KubernetesSerialization(new ObjectMapper(), false);

  private final KubernetesSerialization filtering = new WatchEventSerialization(new ObjectMapper());

  @BeforeEach
  void registerKinds() {
    for (KubernetesSerialization serialization : List.of(PLAIN, filtering)) {
      serialization.registerKubernetesResource(Namespace.class);
      serialization.registerKubernetesResource(Secret.class);
      serialization.registerKubernetesResource(ServiceAccount.class);
    }
  }

  @Test
  void recordsOfNamespacesAreTheSame() throws Exception {
    Namespace namespace =
        new NamespaceBuilder()
            .withMetadata(
                metadata("ns", null).withDeletionTimestamp("2026-01-01T00:00:00Z").build())
            .withNewSpec()
            .addToFinalizers("kubernetes")
            .endSpec()
            .build();

    assertSame(
        namespace,
        new NamespaceListBuilder().withItems(namespace).build(),
        "/api/v1/namespaces",
        ObservedNamespace::of);
  }

  @Test
  void recordsOfPullSecretsAreTheSame() throws Exception {
    Secret secret =
        PullSecrets.owned("ns", "pull")
            .withType("kubernetes.io/dockerconfigjson")
            .addToData(".dockerconfigjson", "e30=")
            .addToData("other", "b3RoZXI=")
            .withImmutable(true)
            .editMetadata()
            .addToAnnotations("acrcredential.io/expires-at", "2026-01-01T00:00:00Z")
            .addToAnnotations("acrcredential.io/kept-foreign-since", "2026-01-01T01:00:00Z")
            .addToAnnotations("other", "x")
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .endMetadata()
            .build();

    assertSame(
        secret,
        new SecretListBuilder().withItems(secret).build(),
        "/api/v1/secrets",
        ObservedSecret::of);
    assertThat(ObservedSecret.of(secret).expiresAt()).as("the test has what matters").isNotNull();
  }

  @Test
  void recordsOfServiceAccountsAreTheSame() throws Exception {
    ServiceAccount account =
        new ServiceAccountBuilder()
            .withMetadata(metadata("app", "ns").build())
            .addNewImagePullSecret("a")
            .addNewImagePullSecret(null)
            .addNewSecret()
            .withName("token")
            .endSecret()
            .withAutomountServiceAccountToken(false)
            .build();

    assertSame(
        account,
        new ServiceAccountListBuilder().withItems(account).build(),
        "/api/v1/serviceaccounts",
        ObservedServiceAccount::of);
  }

  /** Of a reference to an owner, for example, whose key in the managed fields is its UID. */
  @Test
  void aLongNameInManagedFieldsDoesNotMatter() throws Exception {
    FieldsV1 fields = new FieldsV1();
    fields.setAdditionalProperty("k:{\"uid\":\"%s\"}".formatted("x".repeat(60_000)), Map.of());
    ManagedFieldsEntry entry = new ManagedFieldsEntryBuilder().withFieldsV1(fields).build();
    Secret secret =
        PullSecrets.owned("ns", "pull")
            .editMetadata()
            .withManagedFields(entry)
            .endMetadata()
            .build();
    ServiceAccount account =
        new ServiceAccountBuilder()
            .withMetadata(metadata("app", "ns").withManagedFields(entry).build())
            .build();

    assertSame(
        secret,
        new SecretListBuilder().withItems(secret).build(),
        "/api/v1/secrets",
        ObservedSecret::of);
    assertSame(
        account,
        new ServiceAccountListBuilder().withItems(account).build(),
        "/api/v1/serviceaccounts",
        ObservedServiceAccount::of);
  }

  /** The operator's own Secrets and those that policies refer to have data of any name. */
  @Test
  void allDataOfAWatchedSecretIsKept() {
    // given
    Secret secret =
        new SecretBuilder()
            .withMetadata(metadata("keys", "ns").build())
            .addToData(Map.of("accessKeyId", "aWQ=", "tls.crt", "Yw=="))
            .build();

    // then
    WatchEvent event = filtering.unmarshal(event("MODIFIED", secret), WatchEvent.class);
    assertThat(event.getObject()).isEqualTo(secret);
  }

  /** As many as a list has in the test of concurrent writers, and names of a usual length. */
  @Test
  void aServiceAccountOfAThousandEntriesIsKept() throws Exception {
    ServiceAccountBuilder account =
        new ServiceAccountBuilder().withMetadata(metadata("app", "ns").build());
    for (int i = 0; i < 1001; i++) {
      account.addNewImagePullSecret("registry-of-another-controller-" + i);
    }
    assertSame(
        account.build(),
        new ServiceAccountListBuilder().withItems(account.build()).build(),
        "/api/v1/serviceaccounts",
        ObservedServiceAccount::of);
  }

  /** Its record would be as large: it is treated as if it did not exist. */
  @Test
  void aServiceAccountOfManyLabelsIsReportedAsDeleted() {
    // given
    ServiceAccount account =
        new ServiceAccountBuilder()
            .withMetadata(metadata("app", "ns").addToLabels("large", "x".repeat(600_000)).build())
            .build();

    // when
    WatchEvent event = filtering.unmarshal(event("MODIFIED", account), WatchEvent.class);

    // then
    assertThat(event.getType()).isEqualTo("DELETED");
    ObjectMeta kept = ((HasMetadata) event.getObject()).getMetadata();
    assertThat(List.of(kept.getNamespace(), kept.getName(), kept.getResourceVersion()))
        .containsExactly("ns", "app", "5");
    assertThat(kept.getLabels()).isNullOrEmpty();
  }

  private <T extends HasMetadata, R> void assertSame(
      T object, KubernetesResourceList<T> list, String path, Function<T, R> record)
      throws Exception {
    R expected = record.apply(object);
    WatchEvent event = filtering.unmarshal(event("ADDED", object), WatchEvent.class);
    KubernetesResourceList<T> listed =
        PLAIN.unmarshal(filtered(path, PLAIN.asJson(list)), list.getClass());

    assertThat(event.getType()).isEqualTo("ADDED");
    assertThat(record.apply((T) event.getObject())).isEqualTo(expected);
    assertThat(record.apply(listed.getItems().get(0))).isEqualTo(expected);
    ObjectMeta metadata = listed.getItems().get(0).getMetadata();
    assertThat(metadata.getName()).isEqualTo(object.getMetadata().getName());
    assertThat(metadata.getNamespace()).isEqualTo(object.getMetadata().getNamespace());
  }

  private static String event(String type, HasMetadata object) {
    return "{\"type\":\"%s\",\"object\":%s}".formatted(type, PLAIN.asJson(object));
  }

  private static String filtered(String path, String text) throws Exception {
    StringBuilder kept = new StringBuilder();
    AsyncBody.Consumer<List<ByteBuffer>> consumer =
        new ResponseFilter()
            .consumer(
                (buffers, body) -> buffers.forEach(buffer -> kept.append(UTF_8.decode(buffer))),
                new StandardHttpRequest.Builder().uri(URI.create("https://k8s" + path)).build());
    consumer.consume(List.of(ByteBuffer.wrap(text.getBytes(UTF_8))), null);
    return kept.toString();
  }

  private static ObjectMetaBuilder metadata(String name, String namespace) {
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(namespace)
        .withResourceVersion("5")
        .withUid("u")
        .withLabels(Map.of("team", "a", "tier", "b"))
        .withAnnotations(Map.of("note", "x"));
  }
}
