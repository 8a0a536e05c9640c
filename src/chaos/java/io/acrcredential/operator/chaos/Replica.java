// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import io.acrcredential.operator.testkit.ControlPlaneProcesses;
import io.acrcredential.operator.testkit.OperatorProcess;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.http.BreakableLine;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * One replica of the operator with a line of its own to the API server. It is supervised as by
 * kubelet: restarted when it has ended, or fails three liveness probes in a row. Each of these that
 * no fault has planned is a violation.
 */
final class Replica implements AutoCloseable {

  private static final Duration PROBE_PERIOD = Duration.ofSeconds(10);
  private static final int PROBE_FAILURES = 3;

  /** As the start-up probe of the manifest: a JVM on a busy machine needs a minute or two. */
  private static final Duration START_UP = Duration.ofMinutes(5);

  /** What the operator logs about its own defects. */
  private static final Pattern DEFECT =
      Pattern.compile(".*(defect of the operator|The operator failed while).*");

  private final String name;
  private final OperatorTestEnvironment env;
  private final Path kubeconfig;
  private final BreakableLine line;
  private final Violations violations;
  private OperatorProcess process;
  private boolean down;
  private boolean frozen;
  private long startUpEnd;
  private long nextProbe;
  private boolean started;

  /** Whether it was ready since its start. */
  private boolean wasReady;

  private int failedProbes;

  /** How much of the log was searched for defects. */
  private int logRead;

  /**
   * @param proxy what it takes for the API server
   * @param ca of the proxy
   */
  Replica(String name, OperatorTestEnvironment env, URI proxy, Path ca, Violations violations)
      throws IOException {
    this.name = name;
    this.env = env;
    this.line = BreakableLine.to(proxy);
    this.violations = violations;
    this.kubeconfig = ca.resolveSibling(name + ".kubeconfig");
    Files.writeString(
        kubeconfig,
        Files.readString(env.kube.operatorKubeconfig())
            .replaceAll("server: .*", "server: https://" + line.authority())
            .replaceAll("certificate-authority-data: .*", "certificate-authority: " + ca));
    start();
  }

  String name() {
    return name;
  }

  BreakableLine line() {
    return line;
  }

  synchronized void start() {
    process = env.startAnother(kubeconfig);
    down = false;
    frozen = false;
    failedProbes = 0;
    logRead = 0;
    started = false;
    wasReady = false;
    startUpEnd = System.nanoTime() + START_UP.toNanos();
    nextProbe = startUpEnd;
  }

  /** By SIGKILL, until {@link #start}. */
  synchronized void kill() {
    down = true;
    process.kill();
    searchLog();
  }

  /** By SIGTERM, until {@link #start}. */
  synchronized void stop() {
    down = true;
    int code = process.stop();
    if (code != 0 && code != 143) {
      violations.add(name + " was stopped and ended with exit code " + code);
    }
    searchLog();
  }

  synchronized void freeze() {
    frozen = true;
    ControlPlaneProcesses.signal("STOP", process.pid());
  }

  synchronized void thaw() {
    ControlPlaneProcesses.signal("CONT", process.pid());
    frozen = false;
    failedProbes = 0;
  }

  boolean isLeading() {
    return health().contains("\"leading\": true");
  }

  /**
   * Why it is not ready, or empty. A JVM that is starting does not count: the other replica works.
   */
  String unready() {
    String health = health();
    boolean ready =
        health.contains("\"status\": \"UP\"") && !health.contains("\"status\": \"DOWN\"");
    synchronized (this) {
      wasReady = wasReady || ready;
      boolean starting = !wasReady && System.nanoTime() < startUpEnd;
      return ready || starting ? "" : name + " is not ready: " + health.replaceAll("\\s+", " ");
    }
  }

  private String health() {
    return current().get("/q/health/ready");
  }

  private synchronized OperatorProcess current() {
    return process;
  }

  /** Called every few hundred milliseconds. */
  synchronized void supervise() {
    if (down || frozen) {
      return;
    }
    searchLog();
    if (!process.alive()) {
      violations.add(name + " ended by itself: " + process.logFile());
      start();
    } else if (!started && process.probe("/q/health/started")) {
      started = true;
      nextProbe = System.nanoTime() + PROBE_PERIOD.toNanos();
    } else if (System.nanoTime() > nextProbe) {
      nextProbe = System.nanoTime() + PROBE_PERIOD.toNanos();
      failedProbes = process.probe("/q/health/live") ? 0 : failedProbes + 1;
      if (failedProbes == PROBE_FAILURES) {
        violations.add(name + " failed its liveness probe: " + process.logFile());
        process.kill();
        start();
      }
    }
  }

  private void searchLog() {
    String log = process.log();
    String added = log.substring(Math.min(logRead, log.length()));
    logRead = log.length();
    DEFECT.matcher(added).results().forEach(found -> violations.add(name + ": " + found.group()));
  }

  @Override
  public void close() {
    if (frozen) {
      thaw();
    }
    down = true;
    line.close();
    process.kill();
  }
}
