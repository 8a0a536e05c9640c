// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.Setup;
import io.fabric8.kubernetes.api.model.HasMetadata;
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
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What most integration tests need: a cluster with the CRD and the AccessKey Secret of the
 * operator, a simulator of Alibaba Cloud, and the packaged operator. The operator has its own
 * Kubernetes user, so that the audit log separates its requests from those of the test.
 *
 * <p>The cluster is shared with the tests of the same JVM, one after the other, and cleaned up in
 * between ({@link SharedCluster}). A test that must have a cluster of its own asks for that.
 */
public final class OperatorTestEnvironment implements AutoCloseable {

  /** The default name of the pull Secret. */
  public static final String PULL_SECRET = "acr-credential-secret-aggregation";

  /** ID of the AccessKey of account 1001, which the operator uses by default. */
  public static final String KEY_ID = "LTAI5tCanaryKeyId0001";

  /** The secret of {@link #KEY_ID}. */
  public static final String KEY_SECRET = "CanaryKeySecret0001";

  /** The user of {@link KubeCluster#operatorKubeconfig()}. */
  public static final String OPERATOR_USER = "acr-operator";

  private static final ObjectMapper JSON = new ObjectMapper();

  public final KubeCluster kube;
  public final AcrSimulator acr;
  public final KubernetesClient client;
  private final Map<String, String> variables = new HashMap<>();
  private final Runnable releaseCluster;
  private final List<OperatorProcess> processes = new ArrayList<>();
  private OperatorProcess operator;

  private OperatorTestEnvironment(KubeCluster kube, Runnable releaseCluster, AcrSimulator acr) {
    this.kube = kube;
    this.releaseCluster = releaseCluster;
    this.acr = acr;
    this.client = kube.client();
    variables.putAll(acr.environment());
    variables.put("ACR_REGION", "cn-hangzhou");
  }

  /**
   * Provides a cluster and a simulator with account 1001, which has Personal Edition and instance
   * cri-abc in cn-hangzhou. Does not start the operator.
   */
  public static OperatorTestEnvironment create() {
    return create(setup -> {});
  }

  /**
   * Provides a cluster and a simulator as {@link #create()} does. Does not start the operator.
   *
   * @param moreAccounts adds accounts and instances to the simulator
   */
  public static OperatorTestEnvironment create(Consumer<Setup> moreAccounts) {
    OperatorProcess.archiveClasses();
    SharedCluster shared = SharedCluster.take(OperatorTestEnvironment::prepare);
    return new OperatorTestEnvironment(
        shared.kube(), shared::giveBack, startSimulator(moreAccounts));
  }

  /**
   * The same on a new cluster, used by no other test. For tests that change how the API server
   * itself works, and for measurements.
   */
  public static OperatorTestEnvironment createOnNewCluster(Consumer<Setup> moreAccounts) {
    KubeCluster kube = KubeCluster.start();
    prepare(kube);
    return new OperatorTestEnvironment(kube, kube::close, startSimulator(moreAccounts));
  }

  /** The same with the controllers that create the pods of Deployments; nothing runs the pods. */
  public static OperatorTestEnvironment createOnNewClusterWithWorkloads() {
    KubeCluster kube = KubeCluster.startWithWorkloads();
    prepare(kube);
    return new OperatorTestEnvironment(kube, kube::close, startSimulator(setup -> {}));
  }

  private static AcrSimulator startSimulator(Consumer<Setup> moreAccounts) {
    return AcrSimulator.start(
        setup -> {
          setup
              .account("1001")
              .accessKey(KEY_ID, KEY_SECRET)
              .enterprise("cri-abc", "cn-hangzhou", "acme")
              .personal("cn-hangzhou");
          moreAccounts.accept(setup);
        });
  }

  private static void prepare(KubeCluster kube) {
    System.out.println("Runs on " + kube.describe());
    KubernetesClient client = kube.client();
    Manifests.create(client, Manifests.shipped("crd.yaml"));
    createKeySecret(
        client, "kube-system", "alibaba-addon-secret", bytes(KEY_ID), bytes(KEY_SECRET));
    if (kube.real()) {
      confine(client);
      grant(client, "cluster-admin");
    }
  }

  /**
   * Installs the shipped admission policies for the operator's user, whose credentials namespace is
   * that of the manifests or, by default outside of a pod, kube-system, or one of those of tests
   * with two installations.
   */
  private static void confine(KubernetesClient client) {
    String text = Manifests.shipped("confinement/policies.yaml");
    text =
        Manifests.replace(
            text,
            "'system:serviceaccount:acr-credential-operator:acr-credential-operator'",
            "'" + OPERATOR_USER + "'");
    text =
        Manifests.replace(
            text,
            "request.namespace == 'acr-credential-operator'",
            "request.namespace in ['acr-credential-operator', 'kube-system', 'acr-first', 'acr-second']");
    Manifests.create(client, text);
  }

  /** Replaces the permissions of the operator's user by those of the roles in the manifest. */
  public OperatorTestEnvironment grantOnly(Path manifest) {
    client.rbac().clusterRoleBindings().withName("test-operator").delete();
    Manifests.objects(client, Manifests.read(manifest)).stream()
        .filter(item -> item.getApiVersion().startsWith("rbac."))
        .forEach(item -> client.resource(bindToOperatorUser(item)).create());
    return this;
  }

  /** Makes the operator's user the only subject of a binding; leaves other objects as they are. */
  public static HasMetadata bindToOperatorUser(HasMetadata object) {
    List<Subject> user =
        List.of(new Subject("rbac.authorization.k8s.io", "User", OPERATOR_USER, null));
    if (object instanceof ClusterRoleBinding binding) {
      binding.setSubjects(user);
    } else if (object instanceof RoleBinding binding) {
      binding.setSubjects(user);
    }
    return object;
  }

  private static void grant(KubernetesClient client, String clusterRole) {
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

  /**
   * Replaces the permissions of the operator's user by a ClusterRole of these rules. Only a {@link
   * KubeCluster#real() real} cluster enforces them.
   */
  public void replaceRights(String clusterRole, PolicyRule... rules) {
    Edits.createOrReplace(
        client.resource(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(clusterRole)
                .endMetadata()
                .withRules(rules)
                .build()));
    // The roleRef of a binding is immutable.
    client.rbac().clusterRoleBindings().withName("test-operator").delete();
    grant(client, clusterRole);
  }

  /** Sets an environment variable of every process that is started from now on. */
  public OperatorTestEnvironment withVariable(String variable, String value) {
    variables.put(variable, value);
    return this;
  }

  /** Starts the operator and waits until it leads and is ready. */
  public OperatorProcess startOperator() {
    return startOperator(kube.operatorKubeconfig());
  }

  /** Starts the operator with this kubeconfig and waits until it leads and is ready. */
  public OperatorProcess startOperator(Path kubeconfig) {
    operator = tracked(OperatorProcess.startAndAwait(kubeconfig, variables));
    return operator;
  }

  /** Starts the operator with this command line. Does not wait. */
  public OperatorProcess startOperator(List<String> command) {
    operator = tracked(OperatorProcess.start(command, kube.operatorKubeconfig(), variables));
    return operator;
  }

  /**
   * Starts a second process of the operator's program: without arguments a standby replica, else a
   * command. Does not wait. The caller closes it.
   */
  public OperatorProcess startAnother(String... arguments) {
    List<String> command = OperatorProcess.command();
    command.addAll(List.of(arguments));
    return tracked(OperatorProcess.start(command, kube.operatorKubeconfig(), variables));
  }

  /** Starts a standby replica with this kubeconfig. Does not wait. */
  public OperatorProcess startAnother(Path kubeconfig) {
    return tracked(OperatorProcess.start(kubeconfig, variables));
  }

  private OperatorProcess tracked(OperatorProcess process) {
    processes.add(process);
    return process;
  }

  /**
   * Runs a command of the operator's program to its end, with the operator's user and variables.
   */
  public OperatorProcess.Ended runCommand(String... arguments) {
    return OperatorProcess.run(kube.operatorKubeconfig(), variables, arguments);
  }

  /** The operator that was started last; null before the first start. */
  public OperatorProcess operator() {
    return operator;
  }

  /** Creates the objects of a manifest, as {@code kubectl create -f} does. */
  public void create(String yaml) {
    Manifests.create(client, yaml);
  }

  /**
   * Creates a policy.
   *
   * @param spec YAML of what is below {@code spec}
   */
  public void createPolicy(String name, String spec) {
    create(
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

  /** Creates or replaces a Secret with an AccessKey. */
  public void createKeySecret(String namespace, String name, String id, String secret) {
    createKeySecret(client, namespace, name, bytes(id), bytes(secret));
  }

  /** Creates or replaces a Secret whose AccessKey consists of these bytes. */
  public void createKeySecret(String namespace, String name, byte[] id, byte[] secret) {
    createKeySecret(client, namespace, name, id, secret);
  }

  /** Creates or replaces a Secret whose AccessKey consists of these bytes. */
  public static void createKeySecret(
      KubernetesClient client, String namespace, String name, byte[] id, byte[] secret) {
    Edits.createOrReplace(
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
                    .build()));
  }

  /** Edits a policy, which the operator writes too. */
  public void editPolicy(String policy, Consumer<AcrCredentialPolicy> change) {
    Edits.edit(
        client.resources(AcrCredentialPolicy.class).withName(policy),
        found -> {
          change.accept(found);
          return found;
        });
  }

  /**
   * Changes a policy, as {@code kubectl patch --type merge} does.
   *
   * @param patch YAML, for example {@code spec: {email: ops@example.com}}
   */
  public void patchPolicy(String policy, String patch) {
    client
        .resources(AcrCredentialPolicy.class)
        .withName(policy)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            Serialization.asJson(Serialization.unmarshal(patch, Map.class)));
  }

  /** Requests new tokens by the annotation {@link AcrCredentialPolicy#REFRESH_REQUESTED_AT}. */
  public void requestRefresh(String policy) {
    editPolicy(
        policy,
        found ->
            found
                .getMetadata()
                .setAnnotations(
                    Map.of(
                        AcrCredentialPolicy.REFRESH_REQUESTED_AT,
                        String.valueOf(System.nanoTime()))));
  }

  /** Creates a namespace and waits until it has the ServiceAccount {@code default}. */
  public void createNamespace(String name, Map<String, String> labels) {
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
    Awaits.soon()
        .until(() -> client.serviceAccounts().inNamespace(name).withName("default").get() != null);
  }

  /** Creates a ServiceAccount with these imagePullSecrets. */
  public void createServiceAccount(String namespace, String name, String... imagePullSecrets) {
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

  /** The names in the imagePullSecrets of a ServiceAccount; empty if it does not exist. */
  public List<String> imagePullSecrets(String namespace, String name) {
    ServiceAccount account = client.serviceAccounts().inNamespace(namespace).withName(name).get();
    return account == null || account.getImagePullSecrets() == null
        ? List.of()
        : account.getImagePullSecrets().stream().map(LocalObjectReference::getName).toList();
  }

  /** Waits until the imagePullSecrets of the ServiceAccount contain the pull Secret. */
  public void awaitBound(String namespace, String name) {
    Awaits.soon()
        .pollInterval(Duration.ofMillis(50))
        .until(() -> imagePullSecrets(namespace, name).contains(PULL_SECRET));
  }

  /** Waits until the pull Secret of the namespace has a login for each of these hosts. */
  public void awaitHosts(String namespace, String... hosts) {
    Awaits.soon()
        .untilAsserted(
            () -> assertThat(dockerAuths(namespace).fieldNames()).toIterable().contains(hosts));
  }

  /** The pull Secret of the namespace; null if there is none. */
  public Secret pullSecret(String namespace) {
    return client.secrets().inNamespace(namespace).withName(PULL_SECRET).get();
  }

  /** The object {@code auths} of the pull Secret's docker config; empty if there is no Secret. */
  public JsonNode dockerAuths(String namespace) {
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

  /** The decoded docker config of a pull Secret. */
  public static byte[] dockerConfig(Secret secret) {
    return Base64.getDecoder().decode(secret.getData().get(".dockerconfigjson"));
  }

  /** The status that an operator gave a policy; null if there is none, or no such policy. */
  public AcrCredentialPolicyStatus status(String policy) {
    AcrCredentialPolicy found = client.resources(AcrCredentialPolicy.class).withName(policy).get();
    AcrCredentialPolicyStatus status = found == null ? null : found.getStatus();
    // The default of the schema has no conditions.
    return status == null || status.conditions() == null ? null : status;
  }

  /**
   * Waits until the status of a policy meets the condition; a failure shows the last status.
   *
   * @return the status that meets it
   */
  public AcrCredentialPolicyStatus awaitStatus(
      String policy, Predicate<AcrCredentialPolicyStatus> condition) {
    return Awaits.soon()
        .until(() -> status(policy), status -> status != null && condition.test(status));
  }

  /** Waits until the condition has this status and reason; a failure shows all conditions. */
  public void awaitCondition(String policy, String type, String status, String reason) {
    awaitCondition(policy, conditions -> conditions.hasCondition(type, status, reason));
  }

  /** Waits until the condition has this status, for whatever reason. */
  public void awaitConditionStatus(String policy, String type, String status) {
    awaitCondition(policy, conditions -> conditions.hasConditionStatus(type, status));
  }

  private void awaitCondition(String policy, Consumer<PolicyAssert> assertion) {
    Awaits.soon().untilAsserted(() -> assertion.accept(PolicyAssert.assertThat(status(policy))));
  }

  /** Waits until the policy has the condition Ready. */
  public void awaitReady(String policy) {
    awaitCondition(policy, "Ready", "True", "Ready");
  }

  /**
   * Counts the operator's writes by verb and resource, such as {@code create secrets}, without
   * those of leases.
   */
  public Map<String, Integer> writes() {
    Map<String, Integer> writes = new HashMap<>();
    for (String request : requests()) {
      if (!request.matches("(get|list|watch|dry-run) .*")) {
        writes.merge(request, 1, Integer::sum);
      }
    }
    return writes;
  }

  /**
   * The operator's requests as verb and resource, such as {@code get secrets}, without watches,
   * leases and dry runs. The resource of a state Secret is called {@code state}.
   */
  public List<String> requests() {
    return kube.audited(OPERATOR_USER).stream()
        .filter(entry -> !entry.path("objectRef").path("resource").asText().equals("leases"))
        .filter(entry -> !entry.path("verb").asText().equals("watch"))
        .filter(entry -> !entry.path("requestURI").asText().contains("dryRun=All"))
        .map(
            entry -> {
              JsonNode object = entry.path("objectRef");
              String part = object.path("subresource").asText("");
              boolean state = object.path("name").asText("").startsWith("acr-credential-state-");
              boolean dryRun = entry.path("requestURI").asText().contains("dryRun=All");
              return (dryRun ? "dry-run" : entry.path("verb").asText())
                  + " "
                  + (state ? "state" : object.path("resource").asText())
                  + (part.isEmpty() ? "" : "/" + part);
            })
        .toList();
  }

  private List<String> writesDeniedByAdmission() {
    return kube.audited(OPERATOR_USER).stream()
        .map(
            entry ->
                entry.path("verb").asText()
                    + " "
                    + entry.path("requestURI").asText()
                    + ": "
                    + entry.at("/responseStatus/message").asText())
        .filter(text -> text.contains("'acr-credential-operator-"))
        .filter(text -> text.contains("ValidatingAdmissionPolicy"))
        // The operator checks at start whether it is confined.
        .filter(text -> !text.contains("dryRun=All"))
        .toList();
  }

  /**
   * Waits until the operator has sent no request for two seconds, except watches and leases. A test
   * that counts requests waits for this first: the API server logs a request after its reply.
   */
  public void awaitNoRequests() {
    Awaits.settled(() -> requests().size());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public void close() {
    processes.forEach(OperatorProcess::close);
    acr.close();
    List<String> denied = kube.real() ? writesDeniedByAdmission() : List.of();
    releaseCluster.run();
    assertThat(denied).as("writes of the operator that its confinement denies").isEmpty();
  }
}
