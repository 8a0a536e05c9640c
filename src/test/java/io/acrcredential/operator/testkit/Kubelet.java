// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Scheduler and kubelet of a cluster that has neither: binds every pod and runs the packaged
 * operator in its place, with that pod's arguments, environment, mounts and ServiceAccount; reports
 * its status by its probes, restarts it by the restart policy, and ends it with the pod. It does
 * not implement images, resource limits, a file system of the pod's own, liveness.
 */
public final class Kubelet implements AutoCloseable {

  private static final String NODE = "node-1";

  private final KubernetesClient client;
  private final Path folder;
  private final Map<String, Running> pods = new ConcurrentHashMap<>();
  private final Set<String> forgotten = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final SharedIndexInformer<Pod> watch;
  private volatile boolean closed;

  /** Starts it, beside a Node of its own. */
  public Kubelet(KubeCluster cluster, Path folder) {
    this.client = cluster.client();
    this.folder = folder;
    client
        .resource(new NodeBuilder().withNewMetadata().withName(NODE).endMetadata().build())
        .create();
    this.watch =
        client
            .pods()
            .inAnyNamespace()
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(Pod pod) {
                    Running running = new Running(pod);
                    pods.put(pod.getMetadata().getUid(), running);
                    threads.execute(running);
                  }

                  @Override
                  public void onUpdate(Pod before, Pod pod) {
                    if (pod.getMetadata().getDeletionTimestamp() != null) {
                      pods.get(pod.getMetadata().getUid()).end();
                    }
                  }

                  @Override
                  public void onDelete(Pod pod, boolean unknown) {
                    pods.get(pod.getMetadata().getUid()).end();
                  }
                });
  }

  /** What the containers of pods whose name begins so have printed; one text for each start. */
  public List<String> logs(String prefix) {
    return pods.values().stream()
        .filter(running -> !forgotten.contains(running.pod.getMetadata().getUid()))
        .filter(running -> running.pod.getMetadata().getName().startsWith(prefix))
        .flatMap(running -> running.logs.stream())
        .map(
            log -> {
              try {
                return Files.readString(log);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .toList();
  }

  /** From now on {@link #logs} ignores the pods that exist so far. */
  public void forgetLogs() {
    forgotten.addAll(pods.keySet());
  }

  @Override
  public void close() {
    closed = true;
    watch.close();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(5, TimeUnit.MINUTES)) {
        throw new IllegalStateException("pods still run");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One pod, from its binding to its end. */
  private final class Running implements Runnable {

    private static final long TICK_MILLIS = 100;

    private final Pod pod;
    private final Resource<Pod> resource;
    private final List<Path> logs = new CopyOnWriteArrayList<>();
    private volatile boolean ending;
    private volatile boolean done;
    private OperatorProcess process;
    private int restarts;
    private boolean started;
    private boolean ready;

    Running(Pod pod) {
      this.pod = pod;
      this.resource =
          client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(pod.getMetadata().getName());
    }

    @Override
    public void run() {
      try {
        bind();
        boolean again = true;
        while (again && !over()) {
          startProcess();
          watchProcess();
          again = !over() && restartable();
          restarts++;
          TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (KubernetesClientException e) {
        if (!over()) {
          throw e;
        }
      } finally {
        if (process != null) {
          process.close();
        }
        done = true;
        if (ending) {
          confirmEnd();
        }
      }
    }

    /** The API server keeps a terminating Pod until kubelet reports its end. */
    private void confirmEnd() {
      resource.withGracePeriod(0).delete();
    }

    void end() {
      ending = true;
      if (done && !closed) {
        threads.execute(this::confirmEnd);
      }
    }

    private boolean over() {
      return ending || closed;
    }

    private void bind() {
      client
          .bindings()
          .inNamespace(pod.getMetadata().getNamespace())
          .resource(
              new BindingBuilder()
                  .withNewMetadata()
                  .withName(pod.getMetadata().getName())
                  .endMetadata()
                  .withTarget(
                      new ObjectReferenceBuilder()
                          .withApiVersion("v1")
                          .withKind("Node")
                          .withName(NODE)
                          .build())
                  .build())
          .create();
      pod.getSpec().setNodeName(NODE);
    }

    private void startProcess() throws IOException, InterruptedException {
      Container container = pod.getSpec().getContainers().get(0);
      while (!over()) {
        try {
          Path root = Files.createTempDirectory(folder, pod.getMetadata().getName());
          PodFiles files = new PodFiles(client, pod, root.toAbsolutePath());
          files.mount(container);
          process = OperatorProcess.startInPod(container.getArgs(), files.environment(container));
          logs.add(process.logFile());
          started = false;
          ready = false;
          tell("Running", running());
          return;
        } catch (PodFiles.MissingException e) {
          tell("Pending", waiting(e.getMessage()));
          TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        }
      }
    }

    private void watchProcess() throws InterruptedException {
      Container container = pod.getSpec().getContainers().get(0);
      long next = System.nanoTime();
      while (process != null && process.alive() && !over()) {
        if (System.nanoTime() - next >= 0) {
          boolean startedBefore = started;
          boolean readyBefore = ready;
          started = started || succeeds(container.getStartupProbe());
          ready = started && succeeds(container.getReadinessProbe());
          if (started != startedBefore || ready != readyBefore) {
            tell("Running", running());
          }
          Probe probe = started ? container.getReadinessProbe() : container.getStartupProbe();
          int period = probe == null ? 1 : probe.getPeriodSeconds();
          next += TimeUnit.SECONDS.toNanos(period);
        }
        TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
      }
      if (process != null && !process.alive() && !over()) {
        ready = false;
        int code = process.awaitEnd();
        tell(restartable() ? "Running" : code == 0 ? "Succeeded" : "Failed", terminated(code));
      }
    }

    private boolean succeeds(Probe probe) {
      return probe == null || process.probe(probe.getHttpGet().getPath());
    }

    private boolean restartable() {
      return pod.getSpec().getRestartPolicy().equals("Always");
    }

    private ContainerStatus running() {
      return status()
          .withStarted(started)
          .withReady(ready)
          .withState(
              new ContainerStateBuilder()
                  .withNewRunning()
                  .withStartedAt(now())
                  .endRunning()
                  .build())
          .build();
    }

    private ContainerStatus waiting(String message) {
      return status()
          .withReady(false)
          .withState(
              new ContainerStateBuilder()
                  .withNewWaiting()
                  .withReason("CreateContainerConfigError")
                  .withMessage(message)
                  .endWaiting()
                  .build())
          .build();
    }

    private ContainerStatus terminated(int code) {
      return status()
          .withReady(false)
          .withState(
              new ContainerStateBuilder()
                  .withNewTerminated()
                  .withExitCode(code)
                  .withReason(code == 0 ? "Completed" : "Error")
                  .withFinishedAt(now())
                  .endTerminated()
                  .build())
          .build();
    }

    private ContainerStatusBuilder status() {
      Container container = pod.getSpec().getContainers().get(0);
      return new ContainerStatusBuilder()
          .withName(container.getName())
          .withImage(container.getImage())
          .withImageID("")
          .withRestartCount(restarts);
    }

    private void tell(String phase, ContainerStatus container) {
      String truth = ready ? "True" : "False";
      Edits.editStatus(
          resource,
          found ->
              new PodBuilder(found)
                  .withStatus(
                      new PodStatusBuilder()
                          .withPhase(phase)
                          .withStartTime(now())
                          .withContainerStatuses(container)
                          .withConditions(
                              List.of("Initialized", "ContainersReady", "Ready").stream()
                                  .map(
                                      type ->
                                          new PodConditionBuilder()
                                              .withType(type)
                                              .withStatus(
                                                  type.equals("Initialized") ? "True" : truth)
                                              .withLastTransitionTime(now())
                                              .build())
                                  .toList())
                          .build())
                  .build());
    }

    private static String now() {
      return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }
  }
}
