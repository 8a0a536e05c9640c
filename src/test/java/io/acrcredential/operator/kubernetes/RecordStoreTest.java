// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.index.ClusterCache;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordStoreTest {

  private final ClusterCache cache = new ClusterCache("ours");

  @Test
  void keepsOnlyTheFieldsOfTheRecord() {
    // given
    ServiceAccount account = account("team-a", "default", "5");
    account.getMetadata().setAnnotations(Map.of("big", "x".repeat(1_000)));

    // when
    ServiceAccount before = cache.serviceAccounts.put("team-a/default", account);

    // then
    assertThat(before).isNull();
    ServiceAccount kept = cache.serviceAccounts.get("team-a/default");
    assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("5");
    assertThat(kept.getMetadata().getNamespace()).isEqualTo("team-a");
    assertThat(kept.getMetadata().getName()).isEqualTo("default");
    assertThat(kept.getImagePullSecrets()).containsExactly(new LocalObjectReference("foreign"));
    assertThat(kept.getMetadata().getAnnotations()).isNullOrEmpty();
    assertThat(cache.serviceAccounts.isFullState()).isFalse();
  }

  @Test
  void returnsThePreviousObject() {
    // given
    cache.serviceAccounts.put("team-a/default", account("team-a", "default", "5"));

    // then
    assertThat(
            cache
                .serviceAccounts
                .put("team-a/default", account("team-a", "default", "6"))
                .getMetadata()
                .getResourceVersion())
        .isEqualTo("5");
    assertThat(cache.serviceAccounts.remove("team-a/default").getMetadata().getResourceVersion())
        .isEqualTo("6");
    assertThat(cache.serviceAccounts.remove("team-a/default")).isNull();
  }

  @Test
  void ignoresAnEventOlderThanAReply() {
    // given: the reply to a write, then an older watch event
    cache.serviceAccounts.applyReply(account("team-a", "default", "10"));

    // when
    cache.serviceAccounts.put("team-a/default", account("team-a", "default", "9"));

    // then
    assertThat(cache.serviceAccounts.get("team-a", "default").resourceVersion()).isEqualTo("10");
    cache.serviceAccounts.put("team-a/default", account("team-a", "default", "11"));
    assertThat(cache.serviceAccounts.get("team-a", "default").resourceVersion()).isEqualTo("11");
  }

  /** The informer collects all values after every list. */
  @Test
  void valuesHaveNamesOnly() {
    // given
    cache.serviceAccounts.put("team-a/default", account("team-a", "default", "1"));

    // when
    ServiceAccount named = cache.serviceAccounts.values().findFirst().orElseThrow();

    // then
    assertThat(cache.serviceAccounts.getKey(named)).isEqualTo("team-a/default");
    assertThat(named.getMetadata().getNamespace()).isEqualTo("team-a");
    assertThat(named.getMetadata().getName()).isEqualTo("default");
    assertThat(named.getImagePullSecrets()).isNull();
    assertThat(named.getAdditionalProperties()).isNull();
    assertThat(named.getMetadata().getLabels()).isNull();
    assertThat(named.getMetadata().getAdditionalProperties()).isNull();
  }

  @Test
  void listsLargeObjectsInSmallPages() {
    assertThat(cache.pullSecrets.pageSize()).isLessThan(cache.serviceAccounts.pageSize());
  }

  /** The version of a list is unknown, so only a later request can be told to be newer. */
  @Test
  void takesANewObjectOfARequestThatWasSentAfterTheList() {
    // given
    cache.serviceAccounts.getKey(account("team-a", "default", "10"));
    int before = cache.serviceAccounts.lists();
    cache.serviceAccounts.values();
    int after = cache.serviceAccounts.lists();

    // when
    cache.serviceAccounts.applyReply(account("team-a", "old", "11"), before);
    cache.serviceAccounts.applyReply(account("team-a", "unknown", "11"));
    cache.serviceAccounts.applyReply(account("team-a", "new", "12"), after);

    // then
    assertThat(cache.serviceAccounts.inNamespace("team-a")).containsOnlyKeys("new");
  }

  /** The informer reports the objects of a list later than it puts them into the store. */
  @Test
  void tellsObjectsOfTheFirstListFromLaterOnes() {
    // given
    ServiceAccount listed = account("team-a", "default", "10");
    cache.serviceAccounts.getKey(listed);
    assertThat(cache.serviceAccounts.isFromFirstList(listed)).isTrue();
    cache.serviceAccounts.values();
    cache.serviceAccounts.endFirstList();

    // when
    ServiceAccount added = account("team-a", "new", "12");
    cache.serviceAccounts.getKey(added);
    cache.serviceAccounts.values();

    // then
    assertThat(cache.serviceAccounts.isFromFirstList(listed)).isTrue();
    assertThat(cache.serviceAccounts.isFromFirstList(added)).isFalse();
  }

  @Test
  void treatsNothingAsListedFirstAfterARestoreOfEtcd() {
    // given
    cache.serviceAccounts.put(
        cache.serviceAccounts.getKey(account("team-a", "default", "10")),
        account("team-a", "default", "10"));
    cache.serviceAccounts.values();
    cache.serviceAccounts.endFirstList();

    // when a list is older than what the informer has reported
    ServiceAccount restored = account("team-a", "default", "7");
    cache.serviceAccounts.put(cache.serviceAccounts.getKey(restored), restored);
    cache.serviceAccounts.values();

    // then
    assertThat(cache.serviceAccounts.isFromFirstList(account("team-a", "new", "8"))).isFalse();
  }

  @Test
  void keepsTheRecordWhenTheWatchRepeatsAReply() {
    // given
    cache.serviceAccounts.applyReply(account("team-a", "default", "10"));
    Object kept = cache.serviceAccounts.get("team-a", "default");

    // when
    ServiceAccount before =
        cache.serviceAccounts.put("team-a/default", account("team-a", "default", "10"));

    // then
    assertThat(cache.serviceAccounts.get("team-a", "default")).isSameAs(kept);
    assertThat(before.getMetadata().getResourceVersion()).isEqualTo("10");
  }

  /** A record of a Secret has the digest of its content. */
  @Test
  void makesOneRecordOfAnObjectThatBothReplyAndWatchReport() {
    // given
    List<String> pruned = new ArrayList<>();
    RecordStore<ServiceAccount, String> store =
        new RecordStore<>(
            account -> {
              String version = account.getMetadata().getResourceVersion();
              pruned.add(version);
              return version;
            },
            version -> version,
            metadata -> new ServiceAccountBuilder().withMetadata(metadata).build(),
            (account, version) -> {},
            1);

    // when
    store.put("team-a/default", account("team-a", "default", "5"));
    store.applyReply(account("team-a", "default", "5"));
    store.applyReply(account("team-a", "default", "6"));
    store.put("team-a/default", account("team-a", "default", "6"));

    // then
    assertThat(pruned).containsExactly("5", "6");
  }

  @Test
  void dropsANamespaceWithItsLastRecord() {
    // given
    cache.serviceAccounts.put("team-a/default", account("team-a", "default", "1"));
    cache.serviceAccounts.put("team-b/default", account("team-b", "default", "2"));

    // when
    cache.serviceAccounts.remove("team-a/default");

    // then
    assertThat(cache.serviceAccounts.namespaces()).containsExactly("team-b");
    assertThat(cache.serviceAccounts.size()).isEqualTo(1);
    assertThat(cache.serviceAccounts.keySet()).containsExactly("team-b/default");
    assertThat(cache.serviceAccounts.values()).hasSize(1);
    assertThat(cache.serviceAccounts.inNamespace("team-a")).isEmpty();
  }

  @Test
  void keepsClusterScopedObjects() {
    // given
    Namespace namespace =
        new NamespaceBuilder()
            .withNewMetadata()
            .withName("team-a")
            .withResourceVersion("3")
            .addToLabels("acr", "on")
            .endMetadata()
            .build();

    // when
    cache.namespaces.put(cache.namespaces.getKey(namespace), namespace);

    // then
    assertThat(cache.namespaces.get("", "team-a").labels()).containsEntry("acr", "on");
    assertThat(cache.namespaces.get("/team-a").getMetadata().getNamespace()).isNull();
  }

  private static ServiceAccount account(String namespace, String name, String version) {
    return new ServiceAccountBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion(version)
        .endMetadata()
        .withImagePullSecrets(new LocalObjectReference("foreign"))
        .build();
  }
}
