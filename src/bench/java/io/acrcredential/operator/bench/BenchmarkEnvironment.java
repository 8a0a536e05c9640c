// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.bench.AuditLog.Entry;
import io.acrcredential.operator.bench.ParallelRequestSender.Write;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.simulator.Setup;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The cluster of a benchmark: namespaces that the policies cover, their ServiceAccounts, foreign
 * Secrets, the packaged operator with the flags and the memory limit of its Deployment, and the
 * simulator of ACR in the benchmark's own process.
 */
final class BenchmarkEnvironment implements AutoCloseable {

  /** The first of the policies. */
  static final String POLICY = "bench";

  /** Labels of the namespaces that the policy covers. */
  private static final Map<String, String> COVERED = Map.of("bench", "covered");

  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final Duration QUIET = Duration.ofSeconds(2);

  /** Typical labels of a ServiceAccount, which the operator caches for selectors. */
  private static final String HELM_LABELS =
      "{\"app.kubernetes.io/name\":\"some-service\",\"app.kubernetes.io/instance\":\"some-release\","
          + "\"app.kubernetes.io/version\":\"1.2.3\",\"app.kubernetes.io/managed-by\":\"Helm\","
          + "\"helm.sh/chart\":\"some-service-1.2.3\"}";

  final OperatorTestEnvironment env;
  final AuditLog audit;
  final KubernetesClient client;
  private final Options options;
  private final DeployedJvm jvm;
  private final Set<String> builds = new LinkedHashSet<>();
  private final ParallelRequestSender filler;
  private final HttpClient http = HttpClient.newHttpClient();
  private int namespaces;
  private int serviceAccounts;
  private int foreignSecrets;
  private Instant execAt;
  private Build build;

  private BenchmarkEnvironment(Options options, OperatorTestEnvironment env) {
    this.options = options;
    this.jvm = new DeployedJvm(Path.of("."), options.javaHome());
    this.env = env;
    this.client = env.client;
    this.audit = new AuditLog(env.kube.auditLog().orElseThrow());
    this.filler = new ParallelRequestSender(env.kube.kubeconfig(), "");
  }

  /** Starts an empty cluster with the CRD and an AccessKey, without a policy or the operator. */
  static BenchmarkEnvironment create(Options options, Consumer<Setup> more) {
    OperatorTestEnvironment env = OperatorTestEnvironment.createOnNewCluster(more);
    if (!env.kube.real()) {
      env.close();
      throw new IllegalStateException("a benchmark needs a real kube-apiserver: dev/cluster build");
    }
    return new BenchmarkEnvironment(options, env);
  }

  // ---- contents

  /** Creates what is missing to these numbers. */
  void grow(int toNamespaces, int toServiceAccounts, int toForeignSecrets) {
    String rootCertificates = rootCertificates();
    List<Write> first = new ArrayList<>();
    List<Write> then = new ArrayList<>();
    for (int n = 0; n < toNamespaces; n++) {
      if (n >= namespaces) {
        first.add(namespace(name(n), COVERED));
        // Created here because kube-controller-manager takes longer.
        then.add(Write.post(path(name(n), "configmaps"), rootCertificates));
      }
      for (int s = n < namespaces ? serviceAccounts : 0; s < toServiceAccounts; s++) {
        then.add(serviceAccount(name(n), s == 0 ? "default" : "sa-" + s));
      }
    }
    for (int f = foreignSecrets; f < toForeignSecrets; f++) {
      then.add(foreignSecret(name(f % toNamespaces), f));
    }
    filler.sendAll(first);
    filler.sendAll(then);
    namespaces = toNamespaces;
    serviceAccounts = toServiceAccounts;
    foreignSecrets = Math.max(foreignSecrets, toForeignSecrets);
  }

  /** Creates namespaces that no policy covers. */
  List<String> createUncoveredNamespaces(int count) {
    List<String> names = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      names.add("other-%04d".formatted(n));
    }
    filler.sendAll(names.stream().map(name -> namespace(name, Map.of())).toList());
    return names;
  }

  /** Creates the policies, each of which covers all namespaces. */
  void createPolicies() {
    for (String name : policies()) {
      env.createPolicy(
          name,
          """
          registries: [{instanceId: cri-abc}]
          targets:
            namespaces: {selector: {matchLabels: {bench: covered}}}
            serviceAccounts: {names: ["*"]}
          """);
    }
  }

  /**
   * Deletes the policies and creates them again without finalizers and statuses. No operator may
   * run.
   */
  void recreatePolicies() {
    for (String name : policies()) {
      var policy = client.resources(AcrCredentialPolicy.class).withName(name);
      if (policy.get() != null) {
        Edits.edit(
            policy,
            found -> {
              found.getMetadata().setFinalizers(List.of());
              return found;
            });
        policy.delete();
      }
    }
    createPolicies();
  }

  private List<String> policies() {
    return IntStream.range(0, options.policies())
        .mapToObj(n -> n == 0 ? POLICY : POLICY + "-" + n)
        .toList();
  }

  /** Deletes what the operator and the bare writer have written. */
  void reset() {
    List<Write> writes = new ArrayList<>();
    for (String secret : List.of(OperatorTestEnvironment.PULL_SECRET, BareWriter.SECRET)) {
      for (Secret found : secrets(secret)) {
        writes.add(Write.delete(path(found.getMetadata().getNamespace(), "secrets/" + secret)));
      }
    }
    for (int state = 0; state < 8; state++) {
      writes.add(Write.delete(path("kube-system", "secrets/acr-credential-state-" + state)));
    }
    // An older build may not read the Lease of a newer one.
    for (Lease lease : client.leases().inNamespace("kube-system").list().getItems()) {
      if (lease.getMetadata().getName().startsWith("acr-")) {
        client.resource(lease).delete();
      }
    }
    for (ServiceAccount account : client.serviceAccounts().inAnyNamespace().list().getItems()) {
      if (account.getImagePullSecrets() != null && !account.getImagePullSecrets().isEmpty()) {
        writes.add(
            Write.patch(path(account), "[{\"op\":\"remove\",\"path\":\"/imagePullSecrets\"}]"));
      }
    }
    filler.sendAll(writes);
  }

  /** Removes ServiceAccounts by their paths. */
  void remove(List<String> paths) {
    filler.sendAll(paths.stream().map(Write::delete).toList());
  }

  List<Secret> secrets(String name) {
    return client.secrets().inAnyNamespace().withField("metadata.name", name).list().getItems();
  }

  /** The ServiceAccounts of the covered namespaces. */
  List<ServiceAccount> accounts() {
    return client.serviceAccounts().inAnyNamespace().list().getItems().stream()
        .filter(account -> account.getMetadata().getNamespace().startsWith("bench-"))
        .toList();
  }

  static String name(int namespace) {
    return "bench-%04d".formatted(namespace);
  }

  int namespaces() {
    return namespaces;
  }

  int serviceAccounts() {
    return namespaces * serviceAccounts;
  }

  /** A description for the line above the table. */
  String describe() {
    return "%d namespaces x %d ServiceAccounts, %s, %d foreign Secrets; %s; operator: %s"
        .formatted(
            namespaces,
            serviceAccounts,
            options.policies() == 1 ? "1 policy" : options.policies() + " policies",
            foreignSecrets,
            env.kube.describe(),
            String.join(" and ", builds));
  }

  // ---- what is written

  /** A pull Secret like this one, as the bare writer creates it. */
  static Write create(Secret like, String namespace) {
    Secret body =
        new SecretBuilder()
            .withType(like.getType())
            .withData(like.getData())
            .withNewMetadata()
            .withName(BareWriter.SECRET)
            .withNamespace(namespace)
            .withLabels(like.getMetadata().getLabels())
            .withAnnotations(like.getMetadata().getAnnotations())
            .endMetadata()
            .build();
    return Write.post(path(namespace, "secrets"), Serialization.asJson(body).replace("\n", ""));
  }

  /** The operator's patch for a Secret of the bare writer. */
  static Write update(Secret like, Secret written) {
    String annotations =
        like.getMetadata().getAnnotations().entrySet().stream()
            .map(
                annotation ->
                    ",{\"op\":\"add\",\"path\":\"/metadata/annotations/%s\",\"value\":\"%s\"}"
                        .formatted(
                            annotation.getKey().replace("~", "~0").replace("/", "~1"),
                            annotation.getValue()))
            .reduce("", String::concat);
    String data = "{\".dockerconfigjson\":\"" + like.getData().get(".dockerconfigjson") + "\"}";
    return Write.patch(
        path(written.getMetadata().getNamespace(), "secrets/" + BareWriter.SECRET),
        "["
            + tested(written.getMetadata().getResourceVersion())
            + ",{\"op\":\"add\",\"path\":\"/data\",\"value\":"
            + data
            + "}"
            + annotations
            + "]");
  }

  /** The operator's patch with the name of the bare writer's Secret. */
  static Write bind(String accountPath, String resourceVersion) {
    return Write.patch(
        accountPath,
        "["
            + tested(resourceVersion)
            + ",{\"op\":\"add\",\"path\":\"/imagePullSecrets\",\"value\":[{\"name\":\""
            + BareWriter.SECRET
            + "\"}]}]");
  }

  private static String tested(String resourceVersion) {
    return "{\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\""
        + resourceVersion
        + "\"}";
  }

  static Write serviceAccount(String namespace, String name) {
    return Write.post(
        path(namespace, "serviceaccounts"),
        "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\""
            + name
            + "\",\"labels\":"
            + HELM_LABELS
            + "}}");
  }

  static String path(ServiceAccount account) {
    return path(
        account.getMetadata().getNamespace(), "serviceaccounts/" + account.getMetadata().getName());
  }

  static String path(String namespace, String rest) {
    return "/api/v1/namespaces/" + namespace + "/" + rest;
  }

  private static Write namespace(String name, Map<String, String> labels) {
    return Write.post(
        "/api/v1/namespaces",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\""
            + name
            + "\",\"labels\":"
            + Serialization.asJson(labels)
            + "}}");
  }

  private static Write foreignSecret(String namespace, int number) {
    String kibibyte = "QUFB".repeat(342);
    return Write.post(
        path(namespace, "secrets"),
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"foreign-"
            + number
            + "\"},\"data\":{\"value\":\""
            + kibibyte
            + "\"}}");
  }

  private String rootCertificates() {
    await(() -> configMap() != null, "the cluster's own controllers work");
    return Serialization.asJson(
            new io.fabric8.kubernetes.api.model.ConfigMapBuilder()
                .withNewMetadata()
                .withName("kube-root-ca.crt")
                .withAnnotations(configMap().getMetadata().getAnnotations())
                .endMetadata()
                .withData(configMap().getData())
                .build())
        .replace("\n", "");
  }

  private io.fabric8.kubernetes.api.model.ConfigMap configMap() {
    return client.configMaps().inNamespace("default").withName("kube-root-ca.crt").get();
  }

  // ---- the operator

  /** Starts this build from now on instead of the one that the options name. */
  void use(Build aBuild) {
    build = aBuild;
  }

  private Build build() {
    if (build == null) {
      build =
          options.binary() != null
              ? new NativeBuild(options.binary(), options.jvm())
              : new JarBuild(Path.of("."), options.javaHome(), options.jvm());
    }
    return build;
  }

  /** Measures the operator's memory; in a JVM after a garbage collection. */
  ProcessMemory footprint() {
    return ProcessMemory.of(env.operator().pid(), build().javaHome());
  }

  /**
   * Starts the operator without waiting.
   *
   * @param once more JVM options for this start, ignored by a native operator
   */
  OperatorProcess startOperator(String... once) {
    List<String> command = build().command(once);
    builds.add(build().describe());
    execAt = Instant.now();
    return env.startOperator(command);
  }

  /**
   * Starts the operator and waits until it has written every pull Secret and ServiceAccount.
   *
   * @return those writes
   */
  List<Entry> startAndAwaitWritten() {
    int mark = audit.mark();
    startOperator();
    return awaitWritten(mark, namespaces, serviceAccounts());
  }

  /** The time of the last start. */
  Instant execAt() {
    return execAt;
  }

  /**
   * Waits until a health check of the operator succeeds, such as {@code started} or {@code ready}.
   *
   * @param wanted whether the reply is the one to wait for
   * @return seconds since exec
   */
  double awaitHealth(String check, Predicate<String> wanted) {
    HttpRequest request =
        HttpRequest.newBuilder(env.operator().base().resolve("/q/health/" + check))
            .timeout(Duration.ofSeconds(5))
            .build();
    Instant[] succeeded = {null};
    await(
        () -> {
          try {
            HttpResponse<String> reply = http.send(request, HttpResponse.BodyHandlers.ofString());
            succeeded[0] = Instant.now();
            return reply.statusCode() == 200 && wanted.test(reply.body());
          } catch (IOException e) {
            return false; // not listening yet
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
          }
        },
        1,
        "it is " + check);
    return AuditLog.seconds(execAt, succeeded[0]);
  }

  /** Starts the bare writer with the operator's JVM flags. */
  BareWriter startBareWriter() {
    return BareWriter.start(jvm.command(), env.kube.kubeconfig());
  }

  BareWebhook startBareWebhook() {
    return BareWebhook.start(jvm.command());
  }

  // ---- waiting

  /**
   * Waits until the operator has written these numbers of pull Secrets and ServiceAccounts.
   *
   * @return those writes
   */
  List<Entry> awaitWritten(int mark, int secrets, int accounts) {
    Predicate<Entry> ours =
        entry ->
            entry.operator()
                && entry.succeeded()
                && entry.writes()
                && (entry.name().equals(OperatorTestEnvironment.PULL_SECRET)
                    // The audit log has no name for a POST.
                    || entry.is("create", "secrets")
                    || entry.is("patch", "serviceaccounts"));
    // Times come from the audit log, so rare polling costs no accuracy, and frequent polling would
    // take a core from the operator.
    long interval = Math.min(50, Math.max(2, (secrets + accounts) / 2));
    await(
        () -> {
          if (!audit.mayContain(mark, secrets + accounts)) {
            return false;
          }
          List<Entry> written = AuditLog.only(audit.since(mark), ours);
          return distinct(written, "secrets") >= secrets
              && distinct(written, "serviceaccounts") >= accounts;
        },
        interval,
        secrets + " pull Secrets and " + accounts + " ServiceAccounts are written");
    return AuditLog.only(audit.since(mark), ours);
  }

  private static long distinct(List<Entry> entries, String resource) {
    return entries.stream()
        .filter(entry -> entry.resource().equals(resource))
        .map(entry -> resource.equals("secrets") ? entry.namespace() : entry.key())
        .distinct()
        .count();
  }

  /** The bare writer's writes since the mark; fails if one was refused. */
  List<Entry> bareWritten(int mark) {
    List<Entry> written =
        AuditLog.only(
            audit.since(mark),
            entry -> entry.agent().equals(AuditLog.AGENT + BareWriter.NAME) && entry.writes());
    long refused = written.stream().filter(entry -> !entry.succeeded()).count();
    if (refused > 0) {
      throw new IllegalStateException("the bare writer's writes were refused: " + refused);
    }
    return written;
  }

  /** Waits until the operator sends no requests except for its lease. */
  void awaitQuiet() {
    int[] seen = {audit.mark()};
    Instant[] since = {Instant.now()};
    await(
        () -> {
          int now = audit.mark();
          if (!AuditLog.operators(audit.since(seen[0])).isEmpty()) {
            since[0] = Instant.now();
          }
          seen[0] = now;
          return Duration.between(since[0], Instant.now()).compareTo(QUIET) > 0;
        },
        "the operator is idle");
  }

  /**
   * Gives both writers the same start: the operator is idle and the API server's garbage is
   * collected.
   */
  void settle() {
    awaitQuiet();
    collectGarbage();
  }

  /**
   * Runs the API server's garbage collector. With thousands of Secrets on its heap a collection
   * takes much of a turn's time and would happen in the turns of the same writer every time.
   */
  void collectGarbage() {
    env.client.raw("/debug/pprof/heap?gc=1");
  }

  void await(BooleanSupplier condition, String what) {
    await(condition, 10, what);
  }

  private void await(BooleanSupplier condition, long intervalMillis, String what) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("timed out waiting until " + what);
      }
      if (env.operator() != null && !alive(env.operator().pid())) {
        throw new IllegalStateException("the operator ended:\n" + env.operator().log());
      }
      pause(intervalMillis);
    }
  }

  /**
   * CPU seconds of the operator since its start, which depend less on other load than time does.
   */
  double cpuSeconds() {
    return cpuSeconds(env.operator().pid());
  }

  static double cpuSeconds(long pid) {
    return ProcessHandle.of(pid)
            .flatMap(process -> process.info().totalCpuDuration())
            .orElse(Duration.ZERO)
            .toMillis()
        / 1e3;
  }

  private static boolean alive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    filler.close();
    env.close();
  }
}
