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

/** What happens, step by step, and what is measured at each. */
final class DemoScenario implements AutoCloseable {

  private static final int API = 0;
  private static final int OPERATOR = 1;
  private static final int BIND = 2;
  private static final int ROTATE = 3;
  private static final int NEWCOMER = 4;
  private static final int PULL = 5;
  private static final int LEAVE = 6;

  private static final List<String> TITLES =
      List.of(
          "Kubernetes API",
          "Operator",
          "Bind",
          "Renew tokens",
          "New namespace",
          "Pull an image",
          "Take it away");

  private final Board board;
  private final Screen screen;
  private final boolean guest;
  private final boolean keep;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Stage stage;
  private volatile DemoEnvironment scenery;
  private volatile Cloud cloud;
  private volatile Observer observer;
  private volatile OperatorProcess operator;
  private volatile List<String> table = List.of();
  private volatile boolean touched;

  /** The imagePullSecrets of each before there was any configuration. */
  private final Map<Account, List<String>> before = new HashMap<>();

  DemoScenario(Board board, Screen screen, boolean guest, boolean keep) {
    this.board = board;
    this.screen = screen;
    this.guest = guest;
    this.keep = keep;
  }

  static List<String> titles(boolean keep) {
    return keep ? TITLES.subList(0, LEAVE) : TITLES;
  }

  /** Whether there is anything to sum up. */
  boolean begun() {
    return operator != null;
  }

  void play() {
    startApi();
    startOperator();
    bind();
    rotate();
    screen.dwell();
    welcome();
    screen.dwell();
    pull();
    table = board.table(screen.paint(), screen.columns());
    if (!keep) {
      leave();
    }
  }

  private void begin(int step, String note) {
    board.begin(step, note);
    screen.stepped(step);
  }

  private void end(int step, boolean well, String note) {
    board.end(step, well, note);
    screen.stepped(step);
  }

  // ---- the steps

  private void startApi() {
    begin(API, guest ? "asking your cluster" : "starting");
    stage = guest ? Stage.user() : Stage.own();
    scenery = new DemoEnvironment(stage);
    end(API, true, stage.about());
  }

  private void startOperator() {
    begin(OPERATOR, "ACR simulator, CRD, AccessKeys");
    cloud = new Cloud();
    Map<String, String> environment = new HashMap<>(cloud.environment());
    environment.put("ACR_CREDENTIALS_NAMESPACE", stage.credentialsNamespace());
    environment.put("ACR_CONFIG_MAP", scenery.configMap());
    if (guest) {
      environment.put("ACR_EXCLUDED_NAMESPACES", String.join(",", stage.namespaces()));
      environment.put("KUBECONFIG", stage.kubeconfig());
    }
    touched = true;
    scenery.installCrd();
    scenery.createAccessKeys();
    operator = OperatorProcess.start(Path.of(stage.kubeconfig()), environment);
    board.note(OPERATOR, "starting, as packaged, in process " + operator.pid());
    scenery.createAccounts();
    observer = new Observer(stage.client(), scenery.namespaces(), cloud.simulator);
    observer.follow(scenery.accounts());
    board.look(observer, cloud);
    try {
      operator.awaitWorking();
    } catch (IllegalStateException e) {
      throw new DemoException("The operator did not come up; its log: " + operator.logFile(), e);
    }
    end(OPERATOR, true, "as packaged, in its own process (" + operator.pid() + ")");
  }

  private void bind() {
    for (Account account : scenery.accounts()) {
      Waiting.until(Duration.ofSeconds(5), () -> observer.knows(account));
      before.put(account, entries(account));
    }
    begin(BIND, "ConfigMap acr-configuration and 2 policies applied");
    observer.asked();
    long applied = System.nanoTime();
    scenery.applyConfiguration();
    boolean first =
        Waiting.until(
            Duration.ofSeconds(20), () -> observer.rows().stream().anyMatch(Observer.Row::bound));
    board.judge(
        Promise.FIRST, first, first ? seconds(board.sinceBegin()) + " after ./demo began" : late());
    boolean all =
        first
            && Waiting.until(
                Duration.ofSeconds(20), () -> observer.settled() && observer.asCovered());
    Duration took = Duration.ofNanos(System.nanoTime() - applied);
    long bound = observer.rows().stream().filter(Observer.Row::bound).count();
    long covered = observer.rows().stream().filter(row -> row.account().covered()).count();
    board.judge(
        Promise.ALL,
        all,
        all
            ? "%d of %d, %s after the configuration".formatted(bound, covered, Board.millis(took))
            : "%d of %d after 20 s".formatted(bound, covered));
    ready(applied);
    calls();
    end(BIND, all, "%d ServiceAccounts, %d pull Secrets".formatted(bound, observer.secrets()));
    screen.lookAtTable();
    if (!all) {
      throw new DemoException(
          "Not all ServiceAccounts were bound; the operator's log: " + operator.logFile());
    }
  }

  private void ready(long applied) {
    boolean ready =
        Waiting.until(
            Duration.ofSeconds(10),
            () ->
                scenery.policies().size() == 3
                    && scenery.policies().stream().allMatch(this::ready));
    Duration took = Duration.ofNanos(System.nanoTime() - applied);
    List<String> names =
        scenery.policies().stream()
            .filter(policy -> ready(policy) == ready)
            .map(policy -> policy.getMetadata().getName())
            .toList();
    board.judge(
        Promise.READY,
        ready,
        ready
            ? "%d of 3 in %s".formatted(names.size(), Board.millis(took))
            : "not ready or not there: all but %d".formatted(3 - names.size()));
  }

  private boolean ready(AcrCredentialPolicy policy) {
    return policy.getStatus() != null
        && policy.getStatus().conditions() != null
        && policy.getStatus().conditions().stream()
            .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  private void calls() {
    long calls = cloud.tokenCalls();
    long failed = cloud.failedCalls();
    board.judge(
        Promise.CALLS,
        calls == cloud.registries() && failed == 0,
        "%d calls, %d registries, 3 regions%s"
            .formatted(
                calls, cloud.registries(), failed == 0 ? "" : ", %d failed".formatted(failed)));
  }

  private void rotate() {
    begin(
        ROTATE,
        "tokens live %d s here; due when about half is left".formatted(Cloud.LIFETIME.toSeconds()));
    Instant mark = cloud.simulator.now();
    long before = cloud.tokenCalls();
    boolean renewed =
        Waiting.until(Cloud.LIFETIME, () -> observer.allIssuedAfter(mark) && observer.settled());
    Duration left = observer.leastLeft();
    boolean inTime = renewed && left.compareTo(Cloud.EFFECTIVE) >= 0;
    long calls = cloud.tokenCalls() - before;
    String figure =
        renewed
            ? "never less than %s of %d s left".formatted(seconds(left), Cloud.LIFETIME.toSeconds())
            : "not within " + seconds(Cloud.LIFETIME);
    board.judge(Promise.ROTATION, inTime, figure);
    board.judge(
        Promise.IN_PLACE,
        renewed && observer.sameSecrets(),
        !renewed
            ? "nothing was renewed"
            : observer.sameSecrets()
                ? "%d Secrets, %d calls, no UID changed".formatted(observer.secrets(), calls)
                : "some were deleted and made anew");
    end(ROTATE, inTime, "%d new tokens in %d Secrets".formatted(calls, observer.secrets()));
  }

  private void welcome() {
    begin(NEWCOMER, "a namespace and a ServiceAccount come");
    List<Account> newcomers = scenery.newcomers();
    observer.follow(newcomers);
    scenery.createNewNamespace();
    // The namespace's own "default" first, so that the pull Secret's write is not counted as its.
    boolean first = Waiting.until(Duration.ofSeconds(10), () -> row(newcomers.get(0)).bound());
    Account clerk = newcomers.get(1);
    scenery.createNewAccount();
    observer.created(clerk, System.nanoTime());
    boolean bound = first && Waiting.until(Duration.ofSeconds(10), () -> row(clerk).bound());
    boolean all = bound && Waiting.until(Duration.ofSeconds(5), observer::settled);
    String took = bound ? Board.millis(row(clerk).after()) : "";
    board.judge(
        Promise.NEW,
        all,
        bound
            ? "%s; first in a new namespace: %s"
                .formatted(took, Board.millis(row(newcomers.get(0)).after()))
            : late());
    end(NEWCOMER, all, bound ? "bound in " + took : late());
    screen.lookAtTable();
  }

  private Observer.Row row(Account account) {
    return observer.rows().stream()
        .filter(row -> row.account().equals(account))
        .findFirst()
        .orElseThrow();
  }

  private void pull() {
    String reference = cloud.registry.reference("team/app", "1");
    begin(PULL, "Jib pulls team/app:1 as a node would");
    String namespace = stage.namespace("checkout");
    boolean pulled = false;
    String how;
    long start = System.nanoTime();
    try {
      String digest = ImagePull.pull(reference, observer.dockerConfig(namespace)).digest();
      pulled = cloud.registry.digest("team/app", "1").equals(digest);
      how =
          "team/app:1, %s, %s"
              .formatted(
                  Board.millis(Duration.ofNanos(System.nanoTime() - start)),
                  digest.substring(0, "sha256:".length() + 8));
    } catch (Exception e) {
      e.printStackTrace();
      how = Stage.firstLine(e.getMessage());
    }
    board.judge(Promise.PULL, pulled, how);
    boolean refused = false;
    String answer = "the registry gave it away";
    try {
      ImagePull.pull(reference, "{\"auths\":{}}".getBytes(UTF_8));
    } catch (RegistryAuthenticationFailedException | RegistryUnauthorizedException e) {
      int status = status(e);
      refused = status == 401 || status == 403;
      answer = "HTTP " + status;
    } catch (Exception e) {
      e.printStackTrace();
      answer = Stage.firstLine(e.getMessage());
    }
    board.judge(Promise.REFUSED, refused, answer);
    end(
        PULL,
        pulled && refused,
        pulled && refused ? "pulled with the Secret, refused without" : how);
    untouched();
  }

  private static int status(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof HttpResponseException response) {
        return response.getStatusCode();
      }
    }
    return 0;
  }

  private void untouched() {
    List<Account> uncovered =
        scenery.accounts().stream().filter(account -> !account.covered()).toList();
    long left = uncovered.stream().filter(one -> entries(one).equals(before.get(one))).count();
    board.judge(
        Promise.UNTOUCHED,
        left == uncovered.size(),
        "%d of %d that nobody asked for".formatted(left, uncovered.size()));
    List<Account> shared =
        scenery.accounts().stream()
            .filter(account -> before.get(account).contains(DemoEnvironment.FOREIGN))
            .toList();
    long kept =
        shared.stream().filter(one -> entries(one).contains(DemoEnvironment.FOREIGN)).count();
    board.judge(
        Promise.FOREIGN,
        !shared.isEmpty() && kept == shared.size(),
        "%s: %d of %d".formatted(DemoEnvironment.FOREIGN, kept, shared.size()));
  }

  private List<String> entries(Account account) {
    return observer.entries(account);
  }

  private void leave() {
    begin(LEAVE, "ConfigMap and policies deleted");
    long start = System.nanoTime();
    scenery.deleteConfiguration();
    boolean gone =
        Waiting.until(
            Duration.ofSeconds(10), () -> observer.secrets() == 0 && scenery.policies().isEmpty());
    boolean asBefore =
        gone
            && Waiting.until(
                Duration.ofSeconds(1),
                () ->
                    before.entrySet().stream()
                        .allMatch(one -> entries(one.getKey()).equals(one.getValue())));
    String took = Board.millis(Duration.ofNanos(System.nanoTime() - start));
    long told = System.nanoTime();
    int code = operator.stop();
    String ended = Board.millis(Duration.ofNanos(System.nanoTime() - told));
    // 143 = ended by SIGTERM, as a JVM says it
    board.judge(Promise.END, code == 0 || code == 143, ended + ", exit code " + code);
    boolean cleared = !guest || clear();
    String figure =
        !asBefore
            ? "something is left"
            : cleared ? "ServiceAccounts as before, " + took : "namespaces acr-demo-… are left";
    board.judge(Promise.GONE, asBefore && cleared, figure);
    end(LEAVE, asBefore && cleared, figure);
  }

  private boolean clear() {
    board.note(LEAVE, "removing the demo's namespaces and the CRD");
    touched = false;
    return scenery.clear();
  }

  private static String late() {
    return "not in time";
  }

  private static String seconds(Duration time) {
    return Board.seconds(time);
  }

  // ---- the end

  /** The table when all was there. */
  List<String> lastTable() {
    return table;
  }

  List<String> hints() {
    List<String> hints = new ArrayList<>();
    if (!stage.advice().isEmpty()) {
      hints.add(stage.advice());
    }
    hints.add("The operator's log: " + operator.logFile());
    return hints;
  }

  /** Commands for another terminal, each on a line that fits. */
  List<String> toTry() {
    String set = stage.kubeconfig().isEmpty() ? "" : "KUBECONFIG=" + stage.kubeconfig() + " ";
    if (!stage.servesKubectl()) {
      return List.of(
          set + "\\",
          "  kubectl get --raw /apis/acrcredential.io/v1alpha1/acrcredentialpolicies",
          "(The in-JVM server does not tell kubectl what it has; a real one does.)");
    }
    String checkout = stage.namespace("checkout");
    return List.of(
        set + "kubectl get acrpol",
        "and likewise",
        "kubectl get acrpol acr-configuration -o yaml",
        "kubectl create serviceaccount mine -n " + checkout,
        "kubectl get serviceaccount mine -n " + checkout + " -o yaml");
  }

  /** Ends all that was started, and takes away what was put into a user's cluster. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    quietly(operator);
    quietly(observer);
    if (guest && touched) {
      quietly(scenery::clear);
    }
    quietly(cloud);
    quietly(stage == null ? null : stage.stop());
  }

  private static void quietly(AutoCloseable resource) {
    try {
      if (resource != null) {
        resource.close();
      }
    } catch (Exception e) {
      e.printStackTrace();
    }
  }
}
