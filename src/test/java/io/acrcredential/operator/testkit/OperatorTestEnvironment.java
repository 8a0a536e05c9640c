package io.acrcredential.operator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.Setup;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A cluster with the CRD and an identity, a simulator of ACR, and the operator as packaged: what
 * most integration tests begin with. The operator runs as a user of its own, so that the audit log
 * tells its requests from the test's.
 */
public final class OperatorTestEnvironment implements AutoCloseable {

  /** The name of the pull Secret where nothing else is set. */
  public static final String PULL_SECRET = "acr-credential-secret-aggregation";

  /** Account 1001's AccessKey, which is the operator's own identity. */
  public static final String KEY_ID = "LTAI5tCanaryKeyId0001";

  /** The secret of {@link #KEY_ID}. */
  public static final String KEY_SECRET = "CanaryKeySecret0001";

  private static final String OPERATOR_USER = "acr-operator";
  private static final ObjectMapper JSON = new ObjectMapper();

  public final KubeCluster kube;
  public final AcrSimulator acr;
  public final KubernetesClient client;
  private final Map<String, String> environment = new HashMap<>();
  private OperatorProcess operator;

  private OperatorTestEnvironment(KubeCluster kube, AcrSimulator acr) {
    this.kube = kube;
    this.acr = acr;
    this.client = kube.client();
    environment.putAll(acr.environment());
    environment.put("ACR_REGION", "cn-hangzhou");
  }

  /**
   * Sets it up, without the operator.
   *
   * @param more accounts and instances besides account 1001 with Personal Edition in cn-hangzhou
   *     and instance cri-abc there
   */
  public static OperatorTestEnvironment set(Consumer<Setup> more) {
    AcrSimulator acr =
        AcrSimulator.start(
            setup -> {
              setup
                  .account("1001")
                  .accessKey(KEY_ID, KEY_SECRET)
                  .enterprise("cri-abc", "cn-hangzhou", "acme")
                  .personal("cn-hangzhou");
              more.accept(setup);
            });
    OperatorTestEnvironment scene = new OperatorTestEnvironment(KubeCluster.start(), acr);
    System.out.println("Runs on " + scene.kube.describe());
    scene.apply(read(Path.of("src", "main", "kubernetes", "crd.yaml")));
    scene.keys("kube-system", "alibaba-addon-secret", KEY_ID, KEY_SECRET);
    scene.grantEverything();
    return scene;
  }

  /** From now on the operator's user has the rights of this manifest's roles, and no others. */
  public OperatorTestEnvironment grantOnly(Path manifest) {
    client.rbac().clusterRoleBindings().withName("test-operator").delete();
    List<Subject> user =
        List.of(new Subject("rbac.authorization.k8s.io", "User", OPERATOR_USER, null));
    client
        .load(new ByteArrayInputStream(read(manifest).getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(
            item -> {
              if (item instanceof ClusterRoleBinding binding) {
                binding.setSubjects(user);
              } else if (item instanceof RoleBinding binding) {
                binding.setSubjects(user);
              }
              if (item.getApiVersion().startsWith("rbac.")) {
                client.resource(item).create();
              }
            });
    return this;
  }

  private void grantEverything() {
    if (kube.real()) {
      grant("cluster-admin");
    }
  }

  private void grant(String clusterRole) {
    client
        .rbac()
        .clusterRoleBindings()
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("test-operator")
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", clusterRole)
                .addNewSubject("rbac.authorization.k8s.io", "User", OPERATOR_USER, null)
                .build())
        .create();
  }

  /** Gives the operator these rights instead of those it has, on a real cluster. */
  public void rights(String clusterRole, PolicyRule... rules) {
    client
        .resource(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(clusterRole)
                .endMetadata()
                .withRules(rules)
                .build())
        .createOr(existing -> existing.update());
    // A binding's role can't be changed.
    client.rbac().clusterRoleBindings().withName("test-operator").delete();
    grant(clusterRole);
  }

  /** Sets a setting of the operator, from its next start on. */
  public OperatorTestEnvironment with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Starts the operator and waits until it works. */
  public OperatorProcess startOperator() {
    return startOperator(kube.operatorKubeconfig());
  }

  /** Starts it with another way to the API server, and waits until it works. */
  public OperatorProcess startOperator(Path kubeconfig) {
    operator = OperatorProcess.startAndAwait(kubeconfig, environment);
    return operator;
  }

  /** Starts it by this command line; does not wait. */
  public OperatorProcess startOperator(List<String> command) {
    operator = OperatorProcess.start(command, kube.operatorKubeconfig(), environment);
    return operator;
  }

  /** Starts another beside it, which stands by; or a command of the same binary. */
  public OperatorProcess startAnother(String... arguments) {
    List<String> command = OperatorProcess.command();
    command.addAll(List.of(arguments));
    return OperatorProcess.start(command, kube.operatorKubeconfig(), environment);
  }

  /** Runs a command of the operator's binary as the operator's user, with its settings. */
  public OperatorProcess.Ended run(String... arguments) {
    return OperatorProcess.run(kube.operatorKubeconfig(), environment, arguments);
  }

  /** The operator that was started last. */
  public OperatorProcess operator() {
    return operator;
  }

  /** {@code kubectl apply} of a manifest that is new. */
  public void apply(String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(item -> client.resource(item).create());
  }

  /** A policy for instance cri-abc with this under {@code spec}. */
  public void policy(String name, String spec) {
    apply(
        """
        apiVersion: acrcredential.io/v1alpha1
        kind: AcrCredentialPolicy
        metadata:
          name: %s
        spec:
        %s
        """
            .formatted(name, spec.indent(2)));
  }

  /** A Secret with an AccessKey. */
  public void keys(String namespace, String name, String id, String secret) {
    keys(
        namespace,
        name,
        id.getBytes(StandardCharsets.UTF_8),
        secret.getBytes(StandardCharsets.UTF_8));
  }

  /** A Secret with these bytes in the place of an AccessKey. */
  public void keys(String namespace, String name, byte[] id, byte[] secret) {
    client
        .secrets()
        .inNamespace(namespace)
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .addToData("access-key-id", base64(id))
                .addToData("access-key-secret", base64(secret))
                .build())
        .createOr(resource -> resource.update());
  }

  /** {@code kubectl edit} of a policy, again where the operator wrote in between. */
  public void edit(String policy, Consumer<AcrCredentialPolicy> change) {
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptionsMatching(
            e -> e instanceof KubernetesClientException k && k.getCode() == 409)
        .until(
            () -> {
              client
                  .resources(AcrCredentialPolicy.class)
                  .withName(policy)
                  .edit(
                      found -> {
                        change.accept(found);
                        return found;
                      });
              return true;
            });
  }

  /** Asks for new tokens, as a user does. */
  public void refresh(String policy) {
    edit(
        policy,
        found ->
            found
                .getMetadata()
                .setAnnotations(
                    Map.of(
                        AcrCredentialPolicy.REFRESH_REQUESTED_AT,
                        String.valueOf(System.nanoTime()))));
  }

  /** A namespace, with its ServiceAccount default. */
  public void namespace(String name, Map<String, String> labels) {
    client
        .namespaces()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build())
        .create();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> client.serviceAccounts().inNamespace(name).withName("default").get() != null);
  }

  /** A ServiceAccount with these imagePullSecrets. */
  public void serviceAccount(String namespace, String name, String... imagePullSecrets) {
    client
        .serviceAccounts()
        .inNamespace(namespace)
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withImagePullSecrets(
                    List.of(imagePullSecrets).stream().map(LocalObjectReference::new).toList())
                .build())
        .create();
  }

  /** The names in a ServiceAccount's imagePullSecrets. */
  public List<String> entries(String namespace, String name) {
    ServiceAccount account = client.serviceAccounts().inNamespace(namespace).withName(name).get();
    return account == null || account.getImagePullSecrets() == null
        ? List.of()
        : account.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }

  /** Waits until the ServiceAccount carries the pull Secret. */
  public void awaitBound(String namespace, String name) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> entries(namespace, name).contains(PULL_SECRET));
  }

  /** Waits until the namespace's pull Secret has a login for each of these, among others. */
  public void awaitHosts(String namespace, String... hosts) {
    Awaits.soon()
        .untilAsserted(
            () -> assertThat(auths(namespace).fieldNames()).toIterable().contains(hosts));
  }

  /** The namespace's pull Secret; null = there is none. */
  public Secret pullSecret(String namespace) {
    return client.secrets().inNamespace(namespace).withName(PULL_SECRET).get();
  }

  /** The docker config in the namespace's pull Secret; empty where there is none. */
  public JsonNode auths(String namespace) {
    Secret secret = pullSecret(namespace);
    return secret == null ? JSON.createObjectNode() : auths(dockerConfig(secret));
  }

  private static JsonNode auths(byte[] dockerConfig) {
    try {
      return JSON.readTree(dockerConfig).path("auths");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a kubelet reads of it. */
  public static byte[] dockerConfig(Secret secret) {
    return Base64.getDecoder().decode(secret.getData().get(".dockerconfigjson"));
  }

  /** The policy's status; null = it has none, or there is no such policy. */
  public AcrCredentialPolicyStatus status(String policy) {
    AcrCredentialPolicy found = client.resources(AcrCredentialPolicy.class).withName(policy).get();
    return found == null ? null : found.getStatus();
  }

  /** Waits for this of a policy's status, and shows what is there where it does not come. */
  public void awaitStatus(String policy, Predicate<AcrCredentialPolicyStatus> wanted) {
    await()
        .atMost(Duration.ofSeconds(45))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> status(policy), status -> status != null && wanted.test(status));
  }

  /** Waits until the policy is ready. */
  public void awaitReady(String policy) {
    awaitStatus(policy, status -> condition(status, "Ready").equals("True/Ready"));
  }

  /** A condition as {@code status/reason}. */
  public static String condition(AcrCredentialPolicyStatus status, String type) {
    return status.conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .map(condition -> condition.getStatus() + "/" + condition.getReason())
        .findFirst()
        .orElse("");
  }

  /**
   * The operator's writes by verb and resource, such as {@code create secrets}, leases left out.
   */
  public Map<String, Integer> writes() {
    Map<String, Integer> writes = new HashMap<>();
    for (String request : requests()) {
      if (!request.matches("(get|list|watch) .*")) {
        writes.merge(request, 1, Integer::sum);
      }
    }
    return writes;
  }

  /**
   * The operator's requests, leases and watches left out, such as {@code get secrets}; its state
   * Secrets are told apart as {@code state}.
   */
  public List<String> requests() {
    return kube.audited(OPERATOR_USER).stream()
        .filter(entry -> !entry.path("objectRef").path("resource").asText().equals("leases"))
        .filter(entry -> !entry.path("verb").asText().equals("watch"))
        .map(
            entry -> {
              JsonNode object = entry.path("objectRef");
              String part = object.path("subresource").asText("");
              boolean state = object.path("name").asText("").startsWith("acr-credential-state-");
              return entry.path("verb").asText()
                  + " "
                  + (state ? "state" : object.path("resource").asText())
                  + (part.isEmpty() ? "" : "/" + part);
            })
        .toList();
  }

  /** Waits until the operator has asked for nothing for a second. */
  public void awaitQuiet() {
    int[] before = {-1};
    Awaits.soon()
        .during(Duration.ofSeconds(1))
        .until(
            () -> {
              int now = requests().size();
              boolean same = now == before[0];
              before[0] = now;
              return same;
            });
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (operator != null) {
      operator.close();
    }
    acr.close();
    kube.close();
  }
}
