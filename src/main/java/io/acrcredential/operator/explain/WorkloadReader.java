// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.explain.facts.SecretFacts;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.facts.WorkloadFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.AccountFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.ContainerFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.EventFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.NamespaceFacts;
import io.acrcredential.operator.explain.facts.WorkloadFacts.PodFacts;
import io.acrcredential.operator.text.TextSanitizer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads the namespace of the subject and what is in it. */
final class WorkloadReader {

  private static final int MAX_EVENTS = 10;

  private final KubernetesClient client;
  private final ApiReader api;
  private final Subject subject;
  private final String pullSecretName;

  WorkloadReader(KubernetesClient client, ApiReader api, Subject subject, String pullSecretName) {
    this.client = client;
    this.api = api;
    this.subject = subject;
    this.pullSecretName = pullSecretName;
  }

  WorkloadFacts read() {
    if (!subject.hasNamespace()) {
      return new WorkloadFacts(
          new Read.Absent<>(), new Read.Absent<>(), new Read.Absent<>(), Map.of());
    }
    String namespace = subject.namespace();
    Read<PodFacts> pod =
        subject.kind() == Kind.POD
            ? api.read("get pod " + namespace + "/" + subject.name(), this::pod)
            : new Read.Absent<>();
    Read<List<AccountFacts>> accounts = accounts(pod);
    return new WorkloadFacts(
        api.read("get namespace " + namespace, this::namespace),
        accounts,
        pod,
        secrets(pod, accounts));
  }

  private NamespaceFacts namespace() {
    Namespace found = client.namespaces().withName(subject.namespace()).get();
    return found == null
        ? null
        : new NamespaceFacts(
            found.getMetadata().getName(),
            nonNull(found.getMetadata().getLabels()),
            found.getMetadata().getDeletionTimestamp() != null);
  }

  private PodFacts pod() {
    Pod pod = client.pods().inNamespace(subject.namespace()).withName(subject.name()).get();
    if (pod == null) {
      return null;
    }
    List<String> pullSecrets =
        pod.getSpec().getImagePullSecrets().stream()
            .map(entry -> entry.getName() == null ? "" : entry.getName())
            .toList();
    String account = pod.getSpec().getServiceAccountName();
    return new PodFacts(
        account == null ? "default" : account,
        pullSecrets,
        Instant.parse(pod.getMetadata().getCreationTimestamp()),
        containers(pod),
        events().value().orElse(List.of()));
  }

  private static List<ContainerFacts> containers(Pod pod) {
    Map<String, ContainerStatus> statuses = new HashMap<>();
    if (pod.getStatus() != null) {
      Stream.of(pod.getStatus().getInitContainerStatuses(), pod.getStatus().getContainerStatuses())
          .flatMap(List::stream)
          .forEach(status -> statuses.put(status.getName(), status));
    }
    return Stream.of(pod.getSpec().getInitContainers(), pod.getSpec().getContainers())
        .flatMap(List::stream)
        .map(container -> container(container, statuses.get(container.getName())))
        .toList();
  }

  private static ContainerFacts container(Container container, ContainerStatus status) {
    ContainerStateWaiting waiting =
        status == null || status.getState() == null ? null : status.getState().getWaiting();
    return waiting == null
        ? new ContainerFacts(container.getImage(), "", "")
        : new ContainerFacts(
            container.getImage(),
            TextSanitizer.clean(waiting.getReason()),
            TextSanitizer.clean(waiting.getMessage()));
  }

  private Read<List<EventFacts>> events() {
    return api.read(
        "list events in " + subject.namespace(),
        () ->
            client
                .v1()
                .events()
                .inNamespace(subject.namespace())
                .withField("involvedObject.kind", "Pod")
                .withField("involvedObject.name", subject.name())
                .list()
                .getItems()
                .stream()
                .filter(event -> "Warning".equals(event.getType()))
                .sorted(Comparator.comparing(WorkloadReader::time).reversed())
                .limit(MAX_EVENTS)
                .map(
                    event ->
                        new EventFacts(
                            TextSanitizer.clean(event.getReason()),
                            TextSanitizer.clean(event.getMessage())))
                .toList());
  }

  private static String time(Event event) {
    return Stream.of(event.getLastTimestamp(), event.getMetadata().getCreationTimestamp())
        .filter(text -> text != null)
        .findFirst()
        .orElse("");
  }

  private Read<List<AccountFacts>> accounts(Read<PodFacts> pod) {
    String path = "/api/v1/namespaces/" + subject.namespace() + "/serviceaccounts";
    if (subject.kind() == Kind.NAMESPACE) {
      return api.json(
          "list serviceaccounts in " + subject.namespace(),
          path,
          list -> {
            List<AccountFacts> all = new ArrayList<>();
            list.path("items").forEach(item -> all.add(account(item)));
            return List.copyOf(all);
          });
    }
    if (subject.kind() == Kind.POD && pod.value().isEmpty()) {
      return pod.map(found -> List.of());
    }
    String name = pod.value().map(PodFacts::serviceAccount).orElse(subject.name());
    return api.json(
        "get serviceaccount " + subject.namespace() + "/" + name,
        path + "/" + name,
        object -> List.of(account(object)));
  }

  private static AccountFacts account(JsonNode object) {
    JsonNode meta = object.path("metadata");
    Map<String, String> labels = new TreeMap<>();
    meta.path("labels").properties().forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
    List<String> pullSecrets = new ArrayList<>();
    object.path("imagePullSecrets").forEach(e -> pullSecrets.add(e.path("name").asText("")));
    Set<String> appliedBy = new TreeSet<>();
    for (JsonNode owner : meta.path("managedFields")) {
      if (owner.path("operation").asText().equals("Apply")
          && owner.path("fieldsV1").has("f:imagePullSecrets")) {
        appliedBy.add(TextSanitizer.clean(owner.path("manager").asText()));
      }
    }
    return new AccountFacts(
        meta.path("name").asText(),
        Map.copyOf(labels),
        List.copyOf(pullSecrets),
        List.copyOf(appliedBy));
  }

  /** The pull Secret and all that the pod and its ServiceAccount list. */
  private Map<String, Read<SecretFacts>> secrets(
      Read<PodFacts> pod, Read<List<AccountFacts>> accounts) {
    Set<String> names = new TreeSet<>(Set.of(pullSecretName));
    pod.value().ifPresent(found -> names.addAll(found.pullSecrets()));
    accounts.value().stream()
        .flatMap(List::stream)
        .forEach(account -> names.addAll(account.pullSecrets()));
    names.remove("");
    Map<String, Read<SecretFacts>> secrets = new TreeMap<>();
    for (String name : names) {
      secrets.put(
          name, api.read("get secret " + subject.namespace() + "/" + name, () -> secret(name)));
    }
    return secrets;
  }

  private SecretFacts secret(String name) {
    Secret found = client.secrets().inNamespace(subject.namespace()).withName(name).get();
    return found == null ? null : SecretReader.facts(found);
  }

  private static Map<String, String> nonNull(Map<String, String> labels) {
    return labels == null ? Map.of() : labels;
  }
}
