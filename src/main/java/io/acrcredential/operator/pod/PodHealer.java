// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.pod.PodDecision.CoveredImage;
import io.acrcredential.operator.pod.PodDecision.Surroundings;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** Reports or evicts the pods of a namespace that wait for an image, on a worker. */
public final class PodHealer {

  /** The wait for a ServiceAccount that is not bound yet; looking again sends no request. */
  private static final Duration UNBOUND = Duration.ofSeconds(10);

  private static final Duration POSTPONED = Duration.ofSeconds(30);

  /** A missing permission is not there a moment later, and an admission rule does not change. */
  private static final Duration REFUSED = Duration.ofMinutes(5);

  private final PendingPods pods;
  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final CoveredImages images;
  private final PodEvictor evictor;
  private final EvictionBrake brake;
  private final PodEvents events;
  private final WorkQueue<WorkItem> queue;

  /** The UIDs of the pods that waited at the last look, by namespace. */
  private final Map<String, Set<String>> waitingBefore = new ConcurrentHashMap<>();

  /**
   * The pod at which the last look ended, by namespace, because too many evictions failed: the next
   * look begins behind it, so that pods that cannot be evicted do not block the others.
   */
  private final Map<String, NamedPod> endedAt = new ConcurrentHashMap<>();

  /**
   * @param nanoTime a monotonic clock
   */
  public PodHealer(
      PendingPods pods,
      ClusterCache cache,
      PolicyIndex policies,
      CoveredImages images,
      PodEvictor evictor,
      PodEvents events,
      WorkQueue<WorkItem> queue,
      LongSupplier nanoTime) {
    this.pods = pods;
    this.cache = cache;
    this.policies = policies;
    this.images = images;
    this.evictor = evictor;
    this.brake = new EvictionBrake(nanoTime);
    this.events = events;
    this.queue = queue;
  }

  private record NamedPod(String name, ObservedPod pod) {
    /** The oldest first. */
    private static final Comparator<NamedPod> ORDER =
        Comparator.comparing((NamedPod each) -> each.pod().waiting().createdAt())
            .thenComparing(NamedPod::name);
  }

  /**
   * What was done about a pod.
   *
   * @param again when to look again; null = when something changes
   * @param failure why it could not be evicted; null = it was, or that was not tried
   */
  private record Outcome(Duration again, PodEvictor.Result failure) {
    private static final Outcome DONE = new Outcome(null, null);

    private static Outcome again(Duration wait) {
      return new Outcome(wait, null);
    }
  }

  /** Whether something is known of pods of the namespace that waited, or were evicted. */
  boolean isConcernedWith(String namespace) {
    return waitingBefore.containsKey(namespace);
  }

  /** Reports or evicts the pods of the namespace that wait. */
  public void heal(String namespace) {
    Map<String, ObservedPod> present = pods.inNamespace(namespace);
    List<NamedPod> waiting =
        present.entrySet().stream()
            .filter(each -> each.getValue().waiting() != null)
            .map(each -> new NamedPod(each.getKey(), each.getValue()))
            .sorted(NamedPod.ORDER)
            .toList();
    observe(namespace, present, waiting);
    Function<String, Optional<CoveredImage>> coverage = images.in(namespace);
    Duration next = null;
    int failures = 0;
    for (NamedPod each : startingBehind(endedAt.remove(namespace), waiting)) {
      Outcome outcome =
          heal(namespace, each, surroundings(namespace, each.pod().waiting(), coverage));
      next = outcome.again() == null ? next : shorter(next, outcome.again());
      if (outcome.failure() == PodEvictor.Result.NOT_PERMITTED) {
        // The other pods would be refused too.
        next = REFUSED;
        break;
      }
      if (outcome.failure() != null && ++failures == EvictionBrake.PER_NAMESPACE) {
        endedAt.put(namespace, each);
        break;
      }
    }
    if (next != null) {
      queue.addLater(new WorkItem.HealPods(namespace), Priority.BULK, next);
    }
  }

  private static List<NamedPod> startingBehind(NamedPod last, List<NamedPod> waiting) {
    if (last == null) {
      return waiting;
    }
    List<NamedPod> rotated = new ArrayList<>(waiting);
    int start = (int) waiting.stream().filter(e -> NamedPod.ORDER.compare(e, last) <= 0).count();
    Collections.rotate(rotated, -start);
    return rotated;
  }

  private void observe(String namespace, Map<String, ObservedPod> present, List<NamedPod> waiting) {
    Set<String> uids = waiting.stream().map(each -> each.pod().uid()).collect(Collectors.toSet());
    brake.observe(
        namespace,
        present.values().stream().map(ObservedPod::uid).collect(Collectors.toSet()),
        uids);
    Set<String> before =
        uids.isEmpty() ? waitingBefore.remove(namespace) : waitingBefore.put(namespace, uids);
    if (before != null) {
      Set<String> gone = new HashSet<>(before);
      gone.removeAll(uids);
      events.forget(gone);
    }
  }

  private Surroundings surroundings(
      String namespace,
      ObservedPod.Waiting pod,
      Function<String, Optional<CoveredImage>> coverage) {
    ObservedServiceAccount account = cache.serviceAccounts.get(namespace, pod.serviceAccount());
    return new Surroundings(
        cache.pullSecretName(),
        cache.hasOwnPullSecret(namespace),
        account,
        account == null
            ? BindingDecision.IGNORE
            : policies.decision(namespace, pod.serviceAccount(), account.labels()),
        images.isInjected(namespace, pod.serviceAccount()),
        coverage);
  }

  private Outcome heal(String namespace, NamedPod each, Surroundings around) {
    ObservedPod pod = each.pod();
    PodDecision decision = PodDecision.of(pod.waiting(), around);
    return switch (decision.action()) {
      case IGNORE -> Outcome.DONE;
      case WAIT -> Outcome.again(UNBOUND);
      case REPORT -> {
        events.report(namespace, each.name(), pod.uid(), decision);
        yield Outcome.DONE;
      }
      case EVICT -> evict(namespace, each, around);
    };
  }

  private Outcome evict(String namespace, NamedPod each, Surroundings around) {
    ObservedPod pod = each.pod();
    String group = pod.waiting().controller().group();
    Optional<Duration> wait = brake.waitFor(namespace, group, pod.uid());
    if (wait.isEmpty()) {
      events.report(
          namespace,
          each.name(),
          pod.uid(),
          PodDecision.afterTooManyEvictions(around, pod.waiting()));
      return Outcome.DONE;
    }
    if (!wait.get().isZero()) {
      return Outcome.again(wait.get());
    }
    PodEvictor.Result result = evictor.evict(namespace, each.name(), pod);
    return switch (result) {
      case EVICTED -> {
        brake.onEvicted(namespace, group, pod.uid());
        events.recordEviction(
            namespace, each.name(), pod.uid(), pod.waiting(), around.pullSecret());
        yield Outcome.again(EvictionBrake.HOLD);
      }
      case CHANGED -> Outcome.DONE;
      case POSTPONED -> new Outcome(POSTPONED, result);
      case REFUSED, NOT_PERMITTED -> new Outcome(REFUSED, result);
    };
  }

  private static Duration shorter(Duration a, Duration b) {
    return a == null || b.compareTo(a) < 0 ? b : a;
  }
}
