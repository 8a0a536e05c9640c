package io.acrcredential.operator.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.sync.ClusterCache;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordStoreTest {

  private final ClusterCache view = new ClusterCache("ours");

  @Test
  void keepsWhatTheRecordKnowsAndNoMore() {
    // given
    ServiceAccount account = account("team-a", "default", "5");
    account.getMetadata().setAnnotations(Map.of("big", "x".repeat(1_000)));

    // when
    ServiceAccount before = view.serviceAccounts.put("team-a/default", account);

    // then
    assertThat(before).isNull();
    ServiceAccount kept = view.serviceAccounts.get("team-a/default");
    assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("5");
    assertThat(kept.getMetadata().getNamespace()).isEqualTo("team-a");
    assertThat(kept.getMetadata().getName()).isEqualTo("default");
    assertThat(kept.getImagePullSecrets()).containsExactly(new LocalObjectReference("foreign"));
    assertThat(kept.getMetadata().getAnnotations()).isEmpty();
    assertThat(view.serviceAccounts.isFullState()).isFalse();
  }

  @Test
  void answersWhatWasThereBefore() {
    // given
    view.serviceAccounts.put("team-a/default", account("team-a", "default", "5"));

    // then
    assertThat(
            view.serviceAccounts
                .put("team-a/default", account("team-a", "default", "6"))
                .getMetadata()
                .getResourceVersion())
        .isEqualTo("5");
    assertThat(view.serviceAccounts.remove("team-a/default").getMetadata().getResourceVersion())
        .isEqualTo("6");
    assertThat(view.serviceAccounts.remove("team-a/default")).isNull();
  }

  @Test
  void aLateEventDoesNotUndoWhatOurOwnWriteShowed() {
    // given: the reply to a write, then the watch's event from before it
    view.serviceAccounts.seen(account("team-a", "default", "10"));

    // when
    view.serviceAccounts.put("team-a/default", account("team-a", "default", "9"));

    // then
    assertThat(view.serviceAccounts.get("team-a", "default").resourceVersion()).isEqualTo("10");
    view.serviceAccounts.put("team-a/default", account("team-a", "default", "11"));
    assertThat(view.serviceAccounts.get("team-a", "default").resourceVersion()).isEqualTo("11");
  }

  /** The informer collects all of them after every list. */
  @Test
  void theInformerIsHandedNamesAlone() {
    // given
    view.serviceAccounts.put("team-a/default", account("team-a", "default", "1"));

    // when
    ServiceAccount named = view.serviceAccounts.values().findFirst().orElseThrow();

    // then
    assertThat(view.serviceAccounts.getKey(named)).isEqualTo("team-a/default");
    assertThat(named.getMetadata().getNamespace()).isEqualTo("team-a");
    assertThat(named.getMetadata().getName()).isEqualTo("default");
    assertThat(named.getImagePullSecrets()).isNull();
    assertThat(named.getAdditionalProperties()).isNull();
    assertThat(named.getMetadata().getLabels()).isNull();
    assertThat(named.getMetadata().getAdditionalProperties()).isNull();
  }

  @Test
  void largeObjectsAreReadFewAtATime() {
    assertThat(view.pullSecrets.page()).isLessThan(view.serviceAccounts.page());
  }

  @Test
  void theEchoOfAWriteIsNotTakenInAgain() {
    // given
    view.serviceAccounts.seen(account("team-a", "default", "10"));
    Object kept = view.serviceAccounts.get("team-a", "default");

    // when
    ServiceAccount before =
        view.serviceAccounts.put("team-a/default", account("team-a", "default", "10"));

    // then
    assertThat(view.serviceAccounts.get("team-a", "default")).isSameAs(kept);
    assertThat(before.getMetadata().getResourceVersion()).isEqualTo("10");
  }

  @Test
  void anEmptiedNamespaceLeavesNothingBehind() {
    // given
    view.serviceAccounts.put("team-a/default", account("team-a", "default", "1"));
    view.serviceAccounts.put("team-b/default", account("team-b", "default", "2"));

    // when
    view.serviceAccounts.remove("team-a/default");

    // then
    assertThat(view.serviceAccounts.namespaces()).containsExactly("team-b");
    assertThat(view.serviceAccounts.size()).isEqualTo(1);
    assertThat(view.serviceAccounts.keySet()).containsExactly("team-b/default");
    assertThat(view.serviceAccounts.values()).hasSize(1);
    assertThat(view.serviceAccounts.in("team-a")).isEmpty();
  }

  @Test
  void objectsWithoutANamespaceHaveAPlaceToo() {
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
    view.namespaces.put(view.namespaces.getKey(namespace), namespace);

    // then
    assertThat(view.namespaces.get("", "team-a").labels()).containsEntry("acr", "on");
    assertThat(view.namespaces.get("/team-a").getMetadata().getNamespace()).isNull();
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
