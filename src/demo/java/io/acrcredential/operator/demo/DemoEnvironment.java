// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.testkit.Edits;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The objects of the demo in the cluster, as a user would create them with kubectl. */
final class DemoEnvironment {

  static final String LABEL = "acrcredential.io/demo=true";

  /** An imagePullSecrets entry that is not the operator's and must stay. */
  static final String FOREIGN = "harbor-login";

  /** The label that {@code examples/team-namespaces.yaml} selects. */
  private static final Map<String, String> TEAM = Map.of("example.com/team", "checkout");

  private static final Path CRD = Path.of("src/main/kubernetes/crd.yaml");
  private static final Path CONFIG_MAP = Path.of("examples/acr-configuration.yaml");
  private static final List<Path> POLICIES =
      List.of(
          Path.of("examples/team-namespaces.yaml"), Path.of("examples/two-accounts-one-host.yaml"));

  /** A ServiceAccount of the demo and whether a policy covers it. */
  record Account(String namespace, String name, boolean covered) {}

  private final DemoCluster demoCluster;
  private final KubernetesClient client;

  DemoEnvironment(DemoCluster demoCluster) {
    this.demoCluster = demoCluster;
    this.client = demoCluster.client();
  }

  /** The ServiceAccounts that exist from the start. */
  List<Account> accounts() {
    return List.of(
        account("default", "default", true),
        account("default", "builder", true),
        account("default", "reports", false),
        account("shop", "default", true),
        account("shop", "web", false),
        account("checkout", "default", true),
        account("checkout", "cashier", true));
  }

  /** The ServiceAccounts of a namespace that is created while the operator runs. */
  List<Account> laterAccounts() {
    return List.of(account("returns", "default", true), account("returns", "clerk", true));
  }

  private Account account(String namespace, String name, boolean covered) {
    return new Account(demoCluster.namespace(namespace), name, covered);
  }

  /** All namespaces of the demo, including the one that is created later. */
  Set<String> namespaces() {
    return Set.of(
        demoCluster.namespace("default"),
        demoCluster.namespace("shop"),
        demoCluster.namespace("checkout"),
        demoCluster.namespace("returns"));
  }

  void installCrd() {
    client.resource(load(CRD, HasMetadata.class)).create();
    boolean served = Poll.until(Duration.ofSeconds(20), this::policiesAreServed);
    if (!served) {
      throw new DemoException("The API server does not serve the CRD after 20 s.");
    }
  }

  private boolean policiesAreServed() {
    try {
      client.resources(AcrCredentialPolicy.class).list();
      return true;
    } catch (KubernetesClientException e) {
      return false;
    }
  }

  /** The AccessKey of the operator as {@code alibaba-addon-secret}, and one of a second account. */
  void createAccessKeys() {
    createNamespace(demoCluster.credentialsNamespace(), Map.of());
    accessKey("alibaba-addon-secret", SimulatedCloud.KEY_A);
    accessKey("account-b", SimulatedCloud.KEY_B);
  }

  private void accessKey(String name, SimulatedCloud.Key key) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(demoCluster.credentialsNamespace())
                .withName(name)
                .endMetadata()
                .addToData("access-key-id", base64(key.id()))
                .addToData("access-key-secret", base64(key.secret()))
                .build())
        .create();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  void createAccounts() {
    createNamespace(demoCluster.namespace("default"), Map.of());
    createNamespace(demoCluster.namespace("shop"), Map.of());
    createNamespace(demoCluster.namespace("checkout"), TEAM);
    createAccount(account("default", "builder", true));
    createAccount(account("default", "reports", false));
    createAccount(account("shop", "web", false), FOREIGN);
    createAccount(account("checkout", "cashier", true), FOREIGN);
  }

  void createNewNamespace() {
    createNamespace(demoCluster.namespace("returns"), TEAM);
  }

  void createNewAccount() {
    createAccount(account("returns", "clerk", true));
  }

  private void createNamespace(String name, Map<String, String> labels) {
    Map<String, String> all = new TreeMap<>(labels);
    all.put(LABEL.split("=")[0], LABEL.split("=")[1]);
    try {
      client
          .resource(
              new NamespaceBuilder()
                  .withNewMetadata()
                  .withName(name)
                  .withLabels(all)
                  .endMetadata()
                  .build())
          .create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || demoCluster.userCluster()) {
        throw e; // the demo's own cluster already has "default" and "kube-system"
      }
    }
  }

  private void createAccount(Account account, String... imagePullSecrets) {
    client
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(account.namespace())
                .withName(account.name())
                .endMetadata()
                .withImagePullSecrets(
                    List.of(imagePullSecrets).stream().map(LocalObjectReference::new).toList())
                .build())
        .create();
  }

  /** The ConfigMap of the ACK credential helper, and two policies. */
  void applyConfiguration() {
    ConfigMap map = load(CONFIG_MAP, ConfigMap.class);
    if (demoCluster.userCluster()) {
      map.getMetadata().setNamespace(demoCluster.credentialsNamespace());
      map.getData().put("watch-namespace", String.join(",", namespaces()));
    }
    client.resource(map).create();
    for (Path file : POLICIES) {
      AcrCredentialPolicy policy = load(file, AcrCredentialPolicy.class);
      client
          .resource(demoCluster.userCluster() ? confinedToDemoNamespaces(policy) : policy)
          .create();
    }
  }

  /** "namespace/name", the format of {@code ACR_CONFIG_MAP}. */
  String configMap() {
    return demoCluster.credentialsNamespace() + "/acr-configuration";
  }

  /** In the user's cluster a policy covers the demo's namespaces only. */
  private AcrCredentialPolicy confinedToDemoNamespaces(AcrCredentialPolicy policy) {
    var spec = policy.getSpec();
    var wanted = spec.targets().namespaces();
    List<String> names =
        wanted.names() == null
            ? List.copyOf(namespaces())
            : wanted.names().stream().map(demoCluster::namespace).toList();
    policy.setSpec(
        new AcrCredentialPolicySpec(
            spec.registries(),
            new AcrCredentialPolicySpec.Targets(
                new AcrCredentialPolicySpec.Namespaces(names, wanted.selector(), wanted.exclude()),
                spec.targets().serviceAccounts()),
            spec.binding(),
            spec.refreshBefore(),
            spec.email(),
            spec.bindAtCreation(),
            spec.injectPods(),
            spec.healPods(),
            spec.suspend()));
    return policy;
  }

  List<AcrCredentialPolicy> policies() {
    return client.resources(AcrCredentialPolicy.class).list().getItems();
  }

  void deleteConfiguration() {
    String[] map = configMap().split("/");
    client.configMaps().inNamespace(map[0]).withName(map[1]).delete();
    for (Path file : POLICIES) {
      client.resource(load(file, AcrCredentialPolicy.class)).delete();
    }
  }

  /**
   * Removes the demo's objects from the user's cluster after the operator has stopped.
   *
   * @return whether everything is removed within a minute
   */
  boolean removeDemoObjects() {
    for (AcrCredentialPolicy policy : servedPolicies()) {
      client.resource(policy).delete();
      Edits.edit(
          client.resources(AcrCredentialPolicy.class).withName(policy.getMetadata().getName()),
          left -> {
            left.getMetadata().setFinalizers(List.of());
            return left;
          });
    }
    client.namespaces().withLabel(LABEL).delete();
    client.resource(load(CRD, HasMetadata.class)).delete();
    client
        .v1()
        .events()
        .inNamespace("default") // Events about cluster-scoped objects are in "default"
        .withField("involvedObject.kind", "AcrCredentialPolicy")
        .delete();
    return Poll.until(
        Duration.ofSeconds(60),
        () -> client.namespaces().withLabel(LABEL).list().getItems().isEmpty());
  }

  private List<AcrCredentialPolicy> servedPolicies() {
    try {
      return policies();
    } catch (KubernetesClientException e) {
      return List.of(); // the CRD is not there
    }
  }

  private static <T extends HasMetadata> T load(Path file, Class<T> type) {
    try {
      String yaml = Files.readString(file);
      return type == HasMetadata.class
          ? type.cast(Serialization.unmarshal(yaml))
          : Serialization.unmarshal(yaml, type);
    } catch (IOException e) {
      throw new DemoException(file + " can't be read: " + e.getMessage(), e);
    }
  }
}
