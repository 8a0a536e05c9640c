// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chaos;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.chaos.ChaosFault.Effect;
import io.acrcredential.operator.chaos.ChaosFault.Part;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.ControlPlaneProcesses;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.http.ApiFaultProxy.RequestFault;
import io.acrcredential.operator.testkit.http.ApiFaultProxy.WatchEffect;
import io.acrcredential.operator.testkit.http.BreakableLine;
import io.acrcredential.operator.testkit.simulator.AcrSimulator;
import io.acrcredential.operator.testkit.simulator.Fault;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Everything that goes wrong, by name. */
final class ChaosFaults {

  /** A lost connection, refusals, a new leader: after an outage of the API, 30 s. */
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Silent connections are found by pings; caches list again. */
  private static final Duration MINUTE = Duration.ofSeconds(60);

  /** The largest back-off of a token is 60 s. */
  private static final Duration BACKOFF = Duration.ofSeconds(75);

  private final List<ChaosFault> all = new ArrayList<>();

  private ChaosFaults() {
    lines();
    requests();
    watches();
    controlPlane();
    cloud();
    operator();
    tenants();
  }

  /** All faults; the order matters to {@code --seed}. */
  static List<ChaosFault> all() {
    return new ChaosFaults().all;
  }

  private void add(String name, Part part, Duration healWithin, Effect effect) {
    all.add(new ChaosFault(name, part, healWithin, effect));
  }

  private void lines() {
    line("api-latency", SOON, (scene, line) -> line.slow(millis(scene), Integer.MAX_VALUE));
    line("api-trickle", SOON, (scene, line) -> line.slow(Duration.ofMillis(20), 200));
    line("api-outage", SOON, (scene, line) -> line.cut());
    line("api-half-open", MINUTE, (scene, line) -> line.silence());
    line("api-partition", MINUTE, (scene, line) -> line.mute());
    add(
        "api-resets",
        Part.LINE,
        SOON,
        scene -> {
          List<BreakableLine> lines = scene.lines();
          return scene.repeatedly(
              1_000,
              () ->
                  lines.forEach(
                      line -> {
                        line.cut();
                        line.mend();
                      }));
        });
  }

  private interface LineEffect {
    void on(Scene scene, BreakableLine line);
  }

  private void line(String name, Duration healWithin, LineEffect effect) {
    add(
        name,
        Part.LINE,
        healWithin,
        scene -> {
          List<BreakableLine> lines = scene.lines();
          lines.forEach(line -> effect.on(scene, line));
          return () -> lines.forEach(BreakableLine::mend);
        });
  }

  private static Duration millis(Scene scene) {
    int millis = scene.between(50, 300);
    scene.note(millis + " ms");
    return Duration.ofMillis(millis);
  }

  private void requests() {
    for (int status : new int[] {401, 403, 409, 422, 500, 503}) {
      request("api-" + status, RequestFault.refusal(status));
    }
    request("api-429", RequestFault.refusal(429).header("Retry-After", "1"));
    request("api-answers-lost", RequestFault.lostAnswer());
    request("api-answers-truncated", RequestFault.truncatedAnswer());
    request("api-connection-close", RequestFault.closedConnection());
  }

  private void request(String name, RequestFault fault) {
    add(
        name,
        Part.REQUESTS,
        SOON,
        scene -> {
          int share = scene.between(1, 3);
          boolean writesOnly = scene.random().nextBoolean();
          scene.note((share == 1 ? "all" : "1 of " + share) + (writesOnly ? " writes" : ""));
          RequestFault chosen = fault.of(share, writesOnly);
          scene.chaos().proxy.add(chosen);
          return () -> scene.chaos().proxy.remove(chosen);
        });
  }

  private void watches() {
    for (WatchEffect effect :
        List.of(WatchEffect.DUPLICATE, WatchEffect.TRUNCATE, WatchEffect.EXPIRE)) {
      add(
          "watch-" + effect.name().toLowerCase(),
          Part.WATCHES,
          SOON,
          scene -> {
            scene.chaos().proxy.onWatches(effect);
            return () -> scene.chaos().proxy.onWatches(WatchEffect.NONE);
          });
    }
  }

  private void controlPlane() {
    for (ControlPlaneProcesses.Part process :
        List.of(ControlPlaneProcesses.Part.API_SERVER, ControlPlaneProcesses.Part.ETCD)) {
      String name = process == ControlPlaneProcesses.Part.ETCD ? "etcd" : "apiserver";
      add(
          name + "-killed",
          Part.CONTROL_PLANE,
          SOON,
          scene -> {
            scene.chaos().controlPlane.kill(process);
            return () -> {
              scene.chaos().controlPlane.start(process);
              scene.chaos().controlPlane.awaitServing();
            };
          });
      add(
          name + "-frozen",
          Part.CONTROL_PLANE,
          SOON,
          scene -> {
            scene.chaos().controlPlane.freeze(process);
            return () -> {
              scene.chaos().controlPlane.thaw(process);
              scene.chaos().controlPlane.awaitServing();
            };
          });
    }
    add("etcd-compacted", Part.CONTROL_PLANE, SOON, ChaosFaults::compact);
    add("etcd-restored", Part.CONTROL_PLANE, MINUTE, ChaosFaults::restore);
    add("rights-revoked", Part.CONTROL_PLANE, MINUTE, ChaosFaults::revoke);
    add("crd-deleted", Part.CONTROL_PLANE, MINUTE, ChaosFaults::deleteDefinition);
  }

  /** While no watch is connected, so that all of them come back with a version that is gone. */
  private static Runnable compact(Scene scene) {
    List<BreakableLine> lines = scene.chaos().replicas.stream().map(Replica::line).toList();
    lines.forEach(BreakableLine::cut);
    scene.chaos().controlPlane.compact();
    return () -> lines.forEach(BreakableLine::mend);
  }

  private static Runnable restore(Scene scene) {
    Path snapshot = scene.chaos().controlPlane.snapshot();
    return () -> {
      scene.writers().pause();
      scene.oracle().pause();
      scene.chaos().controlPlane.restore(snapshot);
      scene.chaos().controlPlane.awaitServing();
      scene.oracle().watch();
      scene.writers().accept(scene.client().serviceAccounts().inAnyNamespace().list().getItems());
      scene.writers().resume();
    };
  }

  private static Runnable revoke(Scene scene) {
    ClusterRoleBinding binding =
        scene.client().rbac().clusterRoleBindings().withName("test-operator").get();
    scene.client().resource(binding).delete();
    binding.getMetadata().setResourceVersion(null);
    return () -> scene.client().resource(binding).create();
  }

  private static Runnable deleteDefinition(Scene scene) {
    scene.oracle().pause();
    String manifest = Manifests.shipped("crd.yaml");
    Manifests.objects(scene.client(), manifest)
        .forEach(object -> scene.client().resource(object).delete());
    return () -> {
      Awaits.soon()
          .until(
              () ->
                  Manifests.objects(scene.client(), manifest).stream()
                      .allMatch(object -> scene.client().resource(object).get() == null));
      Manifests.create(scene.client(), manifest);
      Awaits.soon()
          .ignoreExceptions()
          .until(() -> scene.client().resources(AcrCredentialPolicy.class).list() != null);
      scene.chaos().createPolicies();
      scene.oracle().watch();
    };
  }

  private void cloud() {
    cloudLine("acr-down", (scene, line) -> line.cut());
    cloudLine("acr-silent", (scene, line) -> line.mute());
    cloudLine("acr-latency", (scene, line) -> line.slow(millis(scene), Integer.MAX_VALUE));
    cloudLine("acr-trickle", (scene, line) -> line.slow(Duration.ofMillis(50), 10));
    service("acr-hang", Fault.hang());
    service("acr-500", Fault.internalError());
    service("acr-503", Fault.error(503, "ServiceUnavailable", "injected by the test"));
    service("acr-denied", Fault.error(403, "Forbidden.RAM", "injected by the test"));
    service("acr-throttled", Fault.throttling());
    service("acr-throttled-503", Fault.throttling(503, "Throttling"));
    service("acr-html", Fault.html(502));
    service("acr-drops", Fault.dropConnection());
    service("acr-truncated", Fault.truncatedJson());
    service("acr-huge", Fault.huge());
    service("acr-empty-token", Fault.emptyToken());
    service("acr-expired-token", Fault.expiredToken());
    service("sts-hang", Fault.hang().inRegion(AcrSimulator.STS));
    service("sts-500", Fault.internalError().inRegion(AcrSimulator.STS));
    service("sts-throttled", Fault.throttling().inRegion(AcrSimulator.STS));
    service("sts-truncated", Fault.truncatedJson().inRegion(AcrSimulator.STS));
    add(
        "sts-down",
        Part.CLOUD,
        BACKOFF,
        scene -> {
          scene.chaos().sts.cut();
          scene.requestTokens();
          return scene.chaos().sts::mend;
        });
    add(
        "cloud-clock-skewed",
        Part.CLOUD,
        BACKOFF,
        scene -> {
          int seconds = scene.between(15, 40) * (scene.random().nextBoolean() ? 1 : -1);
          scene.note(seconds + " s");
          scene.chaos().env.acr.clockSkew(Duration.ofSeconds(seconds));
          scene.requestTokens();
          return () -> scene.chaos().env.acr.clockSkew(Duration.ZERO);
        });
  }

  private void cloudLine(String name, LineEffect effect) {
    add(
        name,
        Part.CLOUD,
        BACKOFF,
        scene -> {
          BreakableLine line = scene.region();
          effect.on(scene, line);
          scene.requestTokens();
          return line::mend;
        });
  }

  private void service(String name, Fault fault) {
    add(
        name,
        Part.CLOUD,
        BACKOFF,
        scene -> {
          scene.chaos().env.acr.inject(fault);
          scene.requestTokens();
          return scene.chaos().env.acr::clearFaults;
        });
  }

  private void operator() {
    add("leader-killed", Part.OPERATOR, SOON, scene -> killed(List.of(scene.chaos().leader())));
    add("standby-killed", Part.OPERATOR, SOON, scene -> killed(List.of(scene.chaos().standby())));
    add("both-killed", Part.OPERATOR, MINUTE, scene -> killed(scene.chaos().replicas));
    add(
        "leader-stopped",
        Part.OPERATOR,
        SOON,
        scene -> {
          Replica leader = scene.chaos().leader();
          leader.stop();
          return leader::start;
        });
    add(
        "leader-frozen",
        Part.OPERATOR,
        SOON,
        scene -> {
          Replica leader = scene.chaos().leader();
          leader.freeze();
          return leader::thaw;
        });
  }

  private static Runnable killed(List<Replica> replicas) {
    replicas.forEach(Replica::kill);
    return () -> replicas.forEach(Replica::start);
  }

  private void tenants() {
    add("tenant-forges", Part.TENANTS, SOON, scene -> scene.repeatedly(200, () -> forge(scene)));
    add("tenant-deletes", Part.TENANTS, SOON, scene -> scene.repeatedly(200, () -> delete(scene)));
    add("tenant-creates", Part.TENANTS, SOON, ChaosFaults::churn);
  }

  /** A docker config of the tenant's own in the pull Secret. */
  private static void forge(Scene scene) {
    String config =
        "{\"auths\": {\"acme-registry.cn-hangzhou.cr.aliyuncs.com\": {\"username\": \"x\", \"password\": \"y\"}}}";
    Edits.edit(
        scene.client().secrets().inNamespace("tenant").withName(PULL_SECRET),
        secret -> {
          secret.setData(
              Map.of(
                  ".dockerconfigjson",
                  Base64.getEncoder().encodeToString(config.getBytes(StandardCharsets.UTF_8))));
          return secret;
        });
  }

  /** The pull Secret, and the entry of a ServiceAccount. */
  private static void delete(Scene scene) {
    scene.client().secrets().inNamespace("tenant").withName(PULL_SECRET).delete();
    ServiceAccount account =
        scene.client().serviceAccounts().inNamespace("tenant").withName("default").get();
    Writers.remove(scene.client(), account, PULL_SECRET);
  }

  /** Namespaces and ServiceAccounts that live for a moment. */
  private static Runnable churn(Scene scene) {
    AtomicInteger number = new AtomicInteger(scene.between(0, 1_000_000));
    return scene.repeatedly(
        250,
        () -> {
          String name = "brief-" + number.incrementAndGet();
          scene
              .client()
              .resource(
                  new NamespaceBuilder()
                      .withNewMetadata()
                      .withName(name)
                      .withLabels(ChaosEnvironment.COVERED)
                      .endMetadata()
                      .build())
              .create();
          scene
              .client()
              .resource(
                  new ServiceAccountBuilder()
                      .withNewMetadata()
                      .withName(name)
                      .withNamespace("tenant")
                      .endMetadata()
                      .build())
              .create();
          scene.client().namespaces().withName(name).delete();
          scene.client().serviceAccounts().inNamespace("tenant").withName(name).delete();
        });
  }
}
