// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static io.acrcredential.operator.testkit.Awaits.PATIENCE;

import io.fabric8.kubernetes.api.model.APIGroup;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * All objects of a cluster at one moment, and the way back to them: {@link #restore()} deletes what
 * was added since, undoes what was changed and verifies the result.
 *
 * <p>Objects that the control plane itself adds, such as a ConfigMap {@code kube-root-ca.crt},
 * stay. Events are deleted and not compared.
 */
final class ClusterSnapshot {

  /**
   * The API server evaluates the objects of other groups itself (admission policies, webhooks,
   * definitions) and does so for a while after their deletion.
   */
  private static final Set<String> RESTORABLE_GROUPS =
      Set.of(
          "",
          "apps",
          "batch",
          "coordination.k8s.io",
          "rbac.authorization.k8s.io",
          "acrcredential.io");

  private static final Set<String> CONTROL_PLANE =
      Set.of("kube-apiserver", "kube-controller-manager");

  private record Kind(ResourceDefinitionContext context) {

    @Override
    public String toString() {
      return context.getKind();
    }
  }

  private record Key(String plural, String group, String namespace, String name) {

    @Override
    public String toString() {
      return "%s %s/%s".formatted(plural, namespace == null ? "" : namespace, name);
    }
  }

  private final KubernetesClient client;
  private final List<Kind> kinds;
  private final Map<Key, GenericKubernetesResource> objects;

  private ClusterSnapshot(KubernetesClient client) {
    this.client = client;
    this.kinds = listableKinds(client);
    this.objects = list();
  }

  /** Waits until the control plane has made its objects of every namespace, then reads all. */
  static ClusterSnapshot take(KubernetesClient client) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                client.namespaces().list().getItems().stream()
                    .map(namespace -> namespace.getMetadata().getName())
                    .allMatch(
                        name ->
                            client.serviceAccounts().inNamespace(name).withName("default").get()
                                    != null
                                && client
                                        .configMaps()
                                        .inNamespace(name)
                                        .withName("kube-root-ca.crt")
                                        .get()
                                    != null));
    return new ClusterSnapshot(client);
  }

  private static List<Kind> listableKinds(KubernetesClient client) {
    List<Kind> kinds = new ArrayList<>(kindsOf(client, "", "v1"));
    for (APIGroup group : client.getApiGroups().getGroups()) {
      if (!group.getName().equals("events.k8s.io")) { // the same objects as those of v1
        kinds.addAll(kindsOf(client, group.getName(), group.getPreferredVersion().getVersion()));
      }
    }
    return kinds;
  }

  private static List<Kind> kindsOf(KubernetesClient client, String group, String version) {
    String groupVersion = group.isEmpty() ? version : group + "/" + version;
    return client.getApiResources(groupVersion).getResources().stream()
        .filter(resource -> resource.getVerbs().contains("list"))
        .filter(resource -> !Set.of("events", "componentstatuses").contains(resource.getName()))
        .map(resource -> kind(group, version, resource))
        .toList();
  }

  private static Kind kind(String group, String version, APIResource resource) {
    return new Kind(
        new ResourceDefinitionContext.Builder()
            .withGroup(group)
            .withVersion(version)
            .withKind(resource.getKind())
            .withPlural(resource.getName())
            .withNamespaced(resource.getNamespaced())
            .build());
  }

  private Map<Key, GenericKubernetesResource> list() {
    Map<Key, GenericKubernetesResource> found = new HashMap<>();
    for (Kind kind : kinds) {
      var resources = client.genericKubernetesResources(kind.context());
      var items =
          kind.context().isNamespaceScoped()
              ? resources.inAnyNamespace().list().getItems()
              : resources.list().getItems();
      for (GenericKubernetesResource item : items) {
        found.put(
            new Key(
                kind.context().getPlural(),
                kind.context().getGroup(),
                item.getMetadata().getNamespace(),
                item.getMetadata().getName()),
            item);
      }
    }
    return found;
  }

  /**
   * Brings the cluster back to this snapshot.
   *
   * @return what still differs; empty if the cluster is as it was
   * @throws KubernetesClientException if the API server refuses a request
   */
  List<String> restore() {
    Map<Key, GenericKubernetesResource> now = list();
    List<String> permanent =
        differences(now).stream()
            .filter(key -> !RESTORABLE_GROUPS.contains(key.group()))
            .map(Key::toString)
            .toList();
    if (!permanent.isEmpty()) {
      return permanent;
    }
    for (Key key : differences(now)) {
      if (key.namespace() != null && !objects.containsKey(namespaceKey(key.namespace()))) {
        continue; // is deleted with its namespace
      }
      restore(key, objects.get(key), now.get(key));
    }
    deleteEvents();
    try {
      Awaitility.await()
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(250))
          .until(() -> namespacesAreRestored() && differences(list()).isEmpty());
      return List.of();
    } catch (ConditionTimeoutException e) {
      return differences(list()).stream().map(Key::toString).toList();
    }
  }

  private static Key namespaceKey(String name) {
    return new Key("namespaces", "", null, name);
  }

  private boolean namespacesAreRestored() {
    return client.namespaces().list().getItems().stream()
        .allMatch(
            namespace -> objects.containsKey(namespaceKey(namespace.getMetadata().getName())));
  }

  private List<Key> differences(Map<Key, GenericKubernetesResource> now) {
    List<Key> differences = new ArrayList<>();
    now.forEach(
        (key, object) -> {
          GenericKubernetesResource before = objects.get(key);
          if (before == null
              ? !isOfControlPlane(object)
              : !content(before).equals(content(object))) {
            differences.add(key);
          }
        });
    objects.keySet().stream().filter(key -> !now.containsKey(key)).forEach(differences::add);
    return differences;
  }

  private static boolean isOfControlPlane(HasMetadata object) {
    List<ManagedFieldsEntry> managers = object.getMetadata().getManagedFields();
    return managers != null
        && !managers.isEmpty()
        && managers.stream().map(ManagedFieldsEntry::getManager).allMatch(CONTROL_PLANE::contains);
  }

  /** What of an object a test can change for the next one. */
  private static GenericKubernetesResource content(GenericKubernetesResource object) {
    GenericKubernetesResource copy = Serialization.clone(object);
    ObjectMeta metadata = copy.getMetadata();
    metadata.setManagedFields(List.of());
    metadata.setResourceVersion(null);
    metadata.setGeneration(null);
    metadata.setUid(null);
    metadata.setCreationTimestamp(null);
    copy.getAdditionalProperties().remove("status");
    if (Objects.equals(copy.getKind(), "Lease")) {
      copy.getAdditionalProperties().remove("spec"); // the API server renews its own
    }
    return copy;
  }

  private void restore(Key key, GenericKubernetesResource before, GenericKubernetesResource now) {
    if (before == null) {
      delete(key, now);
    } else if (now == null) {
      unlessExists(resource(key, content(before))::create);
    } else if (now.getKind().endsWith("RoleBinding")) { // its roleRef is immutable
      delete(key, now);
      resource(key, content(before)).create();
    } else {
      Edits.replace(resource(key, content(before)));
    }
  }

  private void delete(Key key, GenericKubernetesResource object) {
    if (!object.getMetadata().getFinalizers().isEmpty()) {
      Edits.edit(
          named(key),
          found -> {
            found.getMetadata().setFinalizers(List.of());
            return found;
          });
    }
    resource(key, object).delete();
  }

  private Resource<GenericKubernetesResource> resource(Key key, GenericKubernetesResource object) {
    var resources = resources(key);
    return key.namespace() == null
        ? resources.resource(object)
        : resources.inNamespace(key.namespace()).resource(object);
  }

  private Resource<GenericKubernetesResource> named(Key key) {
    var resources = resources(key);
    return key.namespace() == null
        ? resources.withName(key.name())
        : resources.inNamespace(key.namespace()).withName(key.name());
  }

  private MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      resources(Key key) {
    Kind kind =
        kinds.stream()
            .filter(k -> k.context().getPlural().equals(key.plural()))
            .filter(k -> k.context().getGroup().equals(key.group()))
            .findFirst()
            .orElseThrow();
    return client.genericKubernetesResources(kind.context());
  }

  /** A controller may be first, for example to create the ServiceAccount {@code default}. */
  private static void unlessExists(Runnable create) {
    try {
      create.run();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private void deleteEvents() {
    objects.keySet().stream()
        .filter(key -> key.plural().equals("namespaces"))
        .forEach(key -> client.v1().events().inNamespace(key.name()).delete());
  }
}
