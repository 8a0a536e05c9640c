// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.api.client.http.HttpResponseException;
import com.google.cloud.tools.jib.api.RegistryAuthenticationFailedException;
import com.google.cloud.tools.jib.api.RegistryUnauthorizedException;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.demo.DemoEnvironment.Account;
import io.acrcredential.operator.testkit.ImagePull;
import io.acrcredential.operator.testkit.OperatorProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** The steps of the demo and the checks after each. */
final class DemoScenario implements AutoCloseable {

  private static final int API = 0;
  private static final int OPERATOR = 1;
  private static final int BIND = 2;
  private static final int ROTATE = 3;
  private static final int NEW_NAMESPACE = 4;
  private static final int PULL = 5;
  private static final int CLEAN_UP = 6;

  private static final List<String> TITLES =
      List.of(
          "Kubernetes API",
          "Operator",
          "Bind",
          "Renew tokens",
          "New namespace",
          "Pull an image",
          "Clean up");

  private final ProgressView progress;
  private final TerminalOutput terminal;
  private final boolean userCluster;
  private final boolean keep;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile DemoCluster demoCluster;
  private volatile DemoEnvironment demoEnvironment;
  private volatile SimulatedCloud cloud;
  private volatile ClusterObserver observer;
  private volatile OperatorProcess operator;
  private volatile List<String> table = List.of();
  private volatile boolean touched;

  /** The imagePullSecrets of each ServiceAccount before the configuration is applied. */
  private final Map<Account, List<String>> before = new HashMap<>();

  DemoScenario(ProgressView progress, TerminalOutput terminal, boolean userCluster, boolean keep) {
    this.progress = progress;
    this.terminal = terminal;
    this.userCluster = userCluster;
    this.keep = keep;
  }

  static List<String> titles(boolean keep) {
    return keep ? TITLES.subList(0, CLEAN_UP) : TITLES;
  }

  /** Whether the operator was started, so that there are results to print. */
  boolean operatorStarted() {
    return operator != null;
  }

  void run() {
    startApi();
    startOperator();
    bind();
    rotate();
    terminal.pauseForViewer();
    addNamespace();
    terminal.pauseForViewer();
    pull();
    table = progress.table(terminal.style(), terminal.columns());
    if (!keep) {
      cleanUp();
    }
  }

  private void begin(int step, String note) {
    progress.begin(step, note);
    terminal.onStepChanged(step);
  }

  private void end(int step, boolean succeeded, String note) {
    progress.end(step, succeeded, note);
    terminal.onStepChanged(step);
  }

  // ---- the steps

  private void startApi() {
    begin(API, userCluster ? "asking your cluster" : "starting");
    demoCluster = userCluster ? DemoCluster.fromKubeconfig() : DemoCluster.startLocal();
    demoEnvironment = new DemoEnvironment(demoCluster);
    end(API, true, demoCluster.about());
  }

  private void startOperator() {
    begin(OPERATOR, "ACR simulator, CRD, AccessKeys");
    cloud = new SimulatedCloud();
    Map<String, String> environment = new HashMap<>(cloud.environment());
    environment.put("ACR_CREDENTIALS_NAMESPACE", demoCluster.credentialsNamespace());
    environment.put("ACR_CONFIG_MAP", demoEnvironment.configMap());
    if (userCluster) {
      environment.put("ACR_EXCLUDED_NAMESPACES", String.join(",", demoCluster.namespaces()));
      environment.put("KUBECONFIG", demoCluster.kubeconfig());
    }
    touched = true;
    demoEnvironment.installCrd();
    demoEnvironment.createAccessKeys();
    operator = OperatorProcess.start(Path.of(demoCluster.kubeconfig()), environment);
    progress.note(OPERATOR, "starting, as packaged, in process " + operator.pid());
    demoEnvironment.createAccounts();
    observer =
        new ClusterObserver(demoCluster.client(), demoEnvironment.namespaces(), cloud.simulator);
    observer.follow(demoEnvironment.accounts());
    progress.attach(observer, cloud);
    try {
      operator.awaitWorking();
    } catch (IllegalStateException e) {
      throw new DemoException("The operator did not start; its log: " + operator.logFile(), e);
    }
    end(OPERATOR, true, "as packaged, in its own process (" + operator.pid() + ")");
  }

  private void bind() {
    for (Account account : demoEnvironment.accounts()) {
      Poll.until(Duration.ofSeconds(5), () -> observer.hasObserved(account));
      before.put(account, entries(account));
    }
    begin(BIND, "ConfigMap acr-configuration and 2 policies applied");
    observer.markConfigurationApplied();
    long applied = System.nanoTime();
    demoEnvironment.applyConfiguration();
    boolean first =
        Poll.until(
            Duration.ofSeconds(20),
            () -> observer.rows().stream().anyMatch(ClusterObserver.Row::bound));
    progress.record(
        Check.FIRST,
        first,
        first ? seconds(progress.sinceBegin()) + " after ./demo began" : notInTime());
    boolean all =
        first
            && Poll.until(
                Duration.ofSeconds(20),
                () -> observer.allCoveredHaveValidTokens() && observer.bindingsMatchCoverage());
    Duration took = Duration.ofNanos(System.nanoTime() - applied);
    long bound = observer.rows().stream().filter(ClusterObserver.Row::bound).count();
    long covered = observer.rows().stream().filter(row -> row.account().covered()).count();
    progress.record(
        Check.ALL,
        all,
        all
            ? "%d of %d, %s after the configuration"
                .formatted(bound, covered, ProgressView.millis(took))
            : "%d of %d after 20 s".formatted(bound, covered));
    checkReady(applied);
    checkTokenCalls();
    end(BIND, all, "%d ServiceAccounts, %d pull Secrets".formatted(bound, observer.secrets()));
    terminal.printTable();
    if (!all) {
      throw new DemoException(
          "Not all ServiceAccounts were bound; the operator's log: " + operator.logFile());
    }
  }

  private void checkReady(long applied) {
    boolean ready =
        Poll.until(
            Duration.ofSeconds(10),
            () ->
                demoEnvironment.policies().size() == 3
                    && demoEnvironment.policies().stream().allMatch(this::ready));
    Duration took = Duration.ofNanos(System.nanoTime() - applied);
    List<String> names =
        demoEnvironment.policies().stream()
            .filter(policy -> ready(policy) == ready)
            .map(policy -> policy.getMetadata().getName())
            .toList();
    progress.record(
        Check.READY,
        ready,
        ready
            ? "%d of 3 in %s".formatted(names.size(), ProgressView.millis(took))
            : "%d of 3 not ready or missing".formatted(3 - names.size()));
  }

  private boolean ready(AcrCredentialPolicy policy) {
    return policy.getStatus() != null
        && policy.getStatus().conditions() != null
        && policy.getStatus().conditions().stream()
            .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  private void checkTokenCalls() {
    long calls = cloud.tokenCalls();
    long failed = cloud.failedCalls();
    progress.record(
        Check.CALLS,
        calls == cloud.registries() && failed == 0,
        "%d calls, %d registries, 3 regions%s"
            .formatted(
                calls, cloud.registries(), failed == 0 ? "" : ", %d failed".formatted(failed)));
  }

  private void rotate() {
    begin(
        ROTATE,
        "tokens live %d s here; due when about half is left"
            .formatted(SimulatedCloud.LIFETIME.toSeconds()));
    Instant mark = cloud.simulator.now();
    long before = cloud.tokenCalls();
    boolean renewed =
        Poll.until(
            SimulatedCloud.LIFETIME,
            () -> observer.allIssuedAfter(mark) && observer.allCoveredHaveValidTokens());
    Duration left = observer.shortestRemainingLife();
    boolean inTime = renewed && left.compareTo(SimulatedCloud.EFFECTIVE) >= 0;
    long calls = cloud.tokenCalls() - before;
    String figure =
        renewed
            ? "never less than %s of %d s left"
                .formatted(seconds(left), SimulatedCloud.LIFETIME.toSeconds())
            : "not within " + seconds(SimulatedCloud.LIFETIME);
    progress.record(Check.ROTATION, inTime, figure);
    progress.record(
        Check.IN_PLACE,
        renewed && observer.allSecretsKeptTheirUid(),
        !renewed
            ? "nothing was renewed"
            : observer.allSecretsKeptTheirUid()
                ? "%d Secrets, %d calls, no UID changed".formatted(observer.secrets(), calls)
                : "some were deleted and created again");
    end(ROTATE, inTime, "%d new tokens in %d Secrets".formatted(calls, observer.secrets()));
  }

  private void addNamespace() {
    begin(NEW_NAMESPACE, "creating a namespace and a ServiceAccount");
    List<Account> laterAccounts = demoEnvironment.laterAccounts();
    observer.follow(laterAccounts);
    demoEnvironment.createNewNamespace();
    // Waits for "default" first, so that the time of "clerk" does not include the pull Secret's
    // write.
    boolean first = Poll.until(Duration.ofSeconds(10), () -> row(laterAccounts.get(0)).bound());
    Account clerk = laterAccounts.get(1);
    demoEnvironment.createNewAccount();
    observer.created(clerk, System.nanoTime());
    boolean bound = first && Poll.until(Duration.ofSeconds(10), () -> row(clerk).bound());
    boolean all = bound && Poll.until(Duration.ofSeconds(5), observer::allCoveredHaveValidTokens);
    String took = bound ? ProgressView.millis(row(clerk).after()) : "";
    progress.record(
        Check.NEW,
        all,
        bound
            ? "%s; first in a new namespace: %s"
                .formatted(took, ProgressView.millis(row(laterAccounts.get(0)).after()))
            : notInTime());
    end(NEW_NAMESPACE, all, bound ? "bound in " + took : notInTime());
    terminal.printTable();
  }

  private ClusterObserver.Row row(Account account) {
    return observer.rows().stream()
        .filter(row -> row.account().equals(account))
        .findFirst()
        .orElseThrow();
  }

  private void pull() {
    String reference = cloud.registry.reference("team/app", "1");
    begin(PULL, "Jib pulls team/app:1 as a node would");
    String namespace = demoCluster.namespace("checkout");
    boolean pulled = false;
    String how;
    long start = System.nanoTime();
    try {
      String digest = ImagePull.pull(reference, observer.dockerConfig(namespace)).digest();
      pulled = cloud.registry.digest("team/app", "1").equals(digest);
      how =
          "team/app:1, %s, %s"
              .formatted(
                  ProgressView.millis(Duration.ofNanos(System.nanoTime() - start)),
                  digest.substring(0, "sha256:".length() + 8));
    } catch (Exception e) {
      e.printStackTrace();
      how = DemoCluster.firstLine(e.getMessage());
    }
    progress.record(Check.PULL, pulled, how);
    boolean refused = false;
    String answer = "the registry served it";
    try {
      ImagePull.pull(reference, "{\"auths\":{}}".getBytes(UTF_8));
    } catch (RegistryAuthenticationFailedException | RegistryUnauthorizedException e) {
      int status = status(e);
      refused = status == 401 || status == 403;
      answer = "HTTP " + status;
    } catch (Exception e) {
      e.printStackTrace();
      answer = DemoCluster.firstLine(e.getMessage());
    }
    progress.record(Check.REFUSED, refused, answer);
    end(
        PULL,
        pulled && refused,
        pulled && refused ? "pulled with the Secret, refused without" : how);
    checkOtherEntriesKept();
  }

  private static int status(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof HttpResponseException response) {
        return response.getStatusCode();
      }
    }
    return 0;
  }

  private void checkOtherEntriesKept() {
    List<Account> uncovered =
        demoEnvironment.accounts().stream().filter(account -> !account.covered()).toList();
    long left = uncovered.stream().filter(one -> entries(one).equals(before.get(one))).count();
    progress.record(
        Check.UNTOUCHED,
        left == uncovered.size(),
        "%d of %d that no policy covers".formatted(left, uncovered.size()));
    List<Account> shared =
        demoEnvironment.accounts().stream()
            .filter(account -> before.get(account).contains(DemoEnvironment.FOREIGN))
            .toList();
    long kept =
        shared.stream().filter(one -> entries(one).contains(DemoEnvironment.FOREIGN)).count();
    progress.record(
        Check.FOREIGN,
        !shared.isEmpty() && kept == shared.size(),
        "%s: %d of %d".formatted(DemoEnvironment.FOREIGN, kept, shared.size()));
  }

  private List<String> entries(Account account) {
    return observer.entries(account);
  }

  private void cleanUp() {
    begin(CLEAN_UP, "ConfigMap and policies deleted");
    long start = System.nanoTime();
    demoEnvironment.deleteConfiguration();
    boolean gone =
        Poll.until(
            Duration.ofSeconds(10),
            () -> observer.secrets() == 0 && demoEnvironment.policies().isEmpty());
    boolean asBefore =
        gone
            && Poll.until(
                Duration.ofSeconds(1),
                () ->
                    before.entrySet().stream()
                        .allMatch(one -> entries(one.getKey()).equals(one.getValue())));
    String took = ProgressView.millis(Duration.ofNanos(System.nanoTime() - start));
    long stopRequested = System.nanoTime();
    int code = operator.stop();
    String ended = ProgressView.millis(Duration.ofNanos(System.nanoTime() - stopRequested));
    // 143 is a JVM's exit code after SIGTERM.
    progress.record(Check.END, code == 0 || code == 143, ended + ", exit code " + code);
    boolean removed = !userCluster || removeDemoObjects();
    String figure =
        !asBefore
            ? "something remains"
            : removed ? "ServiceAccounts as before, " + took : "namespaces acr-demo-… remain";
    progress.record(Check.GONE, asBefore && removed, figure);
    end(CLEAN_UP, asBefore && removed, figure);
  }

  private boolean removeDemoObjects() {
    progress.note(CLEAN_UP, "removing the demo's namespaces and the CRD");
    touched = false;
    return demoEnvironment.removeDemoObjects();
  }

  private static String notInTime() {
    return "not in time";
  }

  private static String seconds(Duration time) {
    return ProgressView.seconds(time);
  }

  // ---- the end

  /** The table before the clean-up. */
  List<String> lastTable() {
    return table;
  }

  List<String> hints() {
    List<String> hints = new ArrayList<>();
    if (!demoCluster.advice().isEmpty()) {
      hints.add(demoCluster.advice());
    }
    hints.add("The operator's log: " + operator.logFile());
    return hints;
  }

  /** Commands to try in another terminal, one per line. */
  List<String> commandsToTry() {
    String set =
        demoCluster.kubeconfig().isEmpty() ? "" : "KUBECONFIG=" + demoCluster.kubeconfig() + " ";
    if (!demoCluster.servesKubectl()) {
      return List.of(
          set + "\\",
          "  kubectl get --raw /apis/acrcredential.io/v1alpha1/acrcredentialpolicies",
          "(The in-JVM server does not support kubectl's discovery; a real one does.)");
    }
    String checkout = demoCluster.namespace("checkout");
    return List.of(
        set + "kubectl get acrpol",
        "and likewise",
        "kubectl get acrpol acr-configuration -o yaml",
        "kubectl create serviceaccount mine -n " + checkout,
        "kubectl get serviceaccount mine -n " + checkout + " -o yaml");
  }

  /** Stops everything that was started and removes the demo's objects from the user's cluster. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    closeQuietly(operator);
    closeQuietly(observer);
    if (userCluster && touched) {
      closeQuietly(demoEnvironment::removeDemoObjects);
    }
    closeQuietly(cloud);
    closeQuietly(demoCluster == null ? null : demoCluster.stop());
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      if (resource != null) {
        resource.close();
      }
    } catch (Exception e) {
      e.printStackTrace();
    }
  }
}
