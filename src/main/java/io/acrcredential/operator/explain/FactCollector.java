// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.Settings;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.configmap.parser.ParseResult;
import io.acrcredential.operator.explain.facts.ClusterFacts;
import io.acrcredential.operator.explain.facts.ClusterFacts.AdmissionFacts;
import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.PolicyFacts;
import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.explain.facts.Subject;
import io.acrcredential.operator.kubernetes.Pages;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads everything that the links need, once, with the rights of the caller. */
final class FactCollector {

  private static final String ADMISSION = "/apis/admissionregistration.k8s.io/v1";

  /** The end of the names of the admission policy for ServiceAccounts and of its binding. */
  private static final String BIND_AT_CREATION = "bind-at-creation";

  /** Of the admission policies and their bindings. */
  private static final String SELECTOR =
      "?labelSelector=app.kubernetes.io%2Fpart-of%3Dacr-credential-operator";

  private final KubernetesClient client;
  private final Settings settings;
  private final ApiReader api;
  private final Clock clock;

  /**
   * @param settings of this process, used if the Deployment of the operator has none
   */
  FactCollector(KubernetesClient client, Settings settings, Clock clock) {
    this.client = client;
    this.settings = settings;
    this.api = new ApiReader(client);
    this.clock = clock;
  }

  /**
   * Collects the facts.
   *
   * @param operatorNamespace empty = where a Deployment of the operator is found
   */
  Facts collect(Subject subject, Optional<String> operatorNamespace) {
    OperatorReader operator = new OperatorReader(client, api, operatorNamespace, clock);
    Map<String, String> found = operator.settings();
    String pullSecretName = found.getOrDefault("ACR_PULL_SECRET_NAME", settings.pullSecretName());
    ClusterFacts cluster =
        new ClusterFacts(
            pullSecretName,
            excludedNamespaces(found),
            operator.read(pullSecretName),
            api.read("list acrcredentialpolicies", this::policies),
            configMap(found.getOrDefault("ACR_CONFIG_MAP", settings.configMap().orElse(""))),
            api.read(
                "get deployment kube-system/" + CredentialHelperDetector.NAME,
                () -> CredentialHelperDetector.hasReadyPod(client)),
            admission());
    return new Facts(
        clock.instant(),
        subject,
        cluster,
        new WorkloadReader(client, api, subject, pullSecretName).read());
  }

  private List<PolicyFacts> policies() {
    return Pages.all(client.resources(AcrCredentialPolicy.class)).stream()
        .filter(policy -> policy.getMetadata().getDeletionTimestamp() == null)
        .map(PolicyFacts::of)
        .toList();
  }

  private Set<String> excludedNamespaces(Map<String, String> found) {
    String given = found.get("ACR_EXCLUDED_NAMESPACES");
    return given == null
        ? Settings.excludedNamespaces(settings)
        : Settings.withoutBlanks(List.of(given.split(",")));
  }

  private Read<ParseResult> configMap(String namespaceAndName) {
    String[] parts = namespaceAndName.split("/", 2);
    if (parts.length < 2) {
      return new Read.Absent<>();
    }
    return api.read(
        "get configmap " + namespaceAndName,
        () -> {
          ConfigMap map = client.configMaps().inNamespace(parts[0]).withName(parts[1]).get();
          return map == null
              ? null
              : new AcrConfigurationParser()
                  .parse(
                      map.getData(),
                      map.getBinaryData() == null ? Set.of() : map.getBinaryData().keySet());
        });
  }

  private AdmissionFacts admission() {
    Read<Boolean> served =
        api.json(
            "get the API resources",
            ADMISSION,
            resources ->
                resources
                    .path("resources")
                    .findValuesAsText("name")
                    .contains("mutatingadmissionpolicies"));
    if (!served.value().orElse(false)) {
      return new AdmissionFacts(served, new Read.Absent<>(), new Read.Absent<>());
    }
    Read<List<String>> policies = names("mutatingadmissionpolicies");
    Read<List<String>> bindings = names("mutatingadmissionpolicybindings");
    return new AdmissionFacts(
        served,
        policies.value().filter(List::isEmpty).isPresent()
            ? new Read.Absent<>()
            : policies.map(names -> names.get(0)),
        bindings.map(names -> !names.isEmpty()));
  }

  private Read<List<String>> names(String resource) {
    return api.json(
        "list " + resource,
        ADMISSION + "/" + resource + SELECTOR,
        list -> {
          List<String> names = new ArrayList<>();
          for (JsonNode item : list.path("items")) {
            String name = item.at("/metadata/name").asText();
            if (name.endsWith(BIND_AT_CREATION)) {
              names.add(name);
            }
          }
          return List.copyOf(names);
        });
  }
}
