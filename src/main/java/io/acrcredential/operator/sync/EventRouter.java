package io.acrcredential.operator.sync;

import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretDecision;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * From what happened to what must be looked at: events of watches, policies and tokens go in, keys
 * of the {@link WorkQueue} come out. Decides nothing that the worker would not decide again.
 */
public final class EventRouter {

  private final ClusterCache view;
  private final PolicyIndex coverage;
  private final PullSecretContentCache contents;
  private final BindingCounts tally;
  private final WorkQueue<WorkItem> queue;
  private final DriftBackoff fights;
  private final Predicate<String> excluded;
  private final PolicyStatusEventSource signals;
  private final Clock clock;

  /** Before, half of the picture is missing, and nothing may be concluded from it. */
  private volatile boolean started;

  /** When a ServiceAccount that waits for its binding was first seen to need it, nanoseconds. */
  private final Map<WorkItem.Bind, Long> unboundSince = new ConcurrentHashMap<>();

  /** Deleted policies, each with the work that must be done before it may go. */
  private final Map<String, Set<WorkItem>> leaving = new ConcurrentHashMap<>();

  /** Namespaces whose pull Secret and entries shall be the original's: our marks come off. */
  private final Set<String> handedOver = ConcurrentHashMap.newKeySet();

  /**
   * @param excluded namespaces that are never touched
   */
  public EventRouter(
      ClusterCache view,
      PolicyIndex coverage,
      PullSecretContentCache contents,
      BindingCounts tally,
      WorkQueue<WorkItem> queue,
      DriftBackoff fights,
      Predicate<String> excluded,
      PolicyStatusEventSource signals,
      Clock clock) {
    this.view = view;
    this.coverage = coverage;
    this.contents = contents;
    this.tally = tally;
    this.queue = queue;
    this.fights = fights;
    this.excluded = excluded;
    this.signals = signals;
    this.clock = clock;
  }

  /**
   * All watches have been read: what has been read is taken from there, for informers tell their
   * handlers in their own time.
   */
  public void read() {
    view.namespaces.in("").keySet().forEach(this::namespace);
  }

  /**
   * All policies have been read too: whatever is not as it shall be is looked at.
   *
   * @param originalRuns what no policy means any more may have been the managed policy's, which
   *     hands over
   */
  public void start(boolean originalRuns) {
    if (originalRuns) {
      view.pullSecrets.namespaces().forEach(this::handOver);
    }
    started = true;
    view.namespaces.in("").keySet().forEach(this::look);
    if (!originalRuns) {
      for (String namespace : view.pullSecrets.namespaces()) {
        unbindUnmeant(namespace);
      }
    }
  }

  private void handOver(String namespace) {
    if (coverage.knows(namespace) && coverage.policies(namespace).isEmpty()) {
      handedOver.add(namespace);
    }
  }

  /** Whether what we put into the namespace is left to the original instead of being removed. */
  boolean handsOver(String namespace) {
    return handedOver.contains(namespace);
  }

  /** It has been, or a policy covers the namespace again. */
  void handOverDone(String namespace) {
    handedOver.remove(namespace);
  }

  // ---- policies

  /** A policy is new or changed. */
  public void policy(PolicyPlan plan) {
    PolicyPlan before = coverage.plan(plan.name());
    Set<String> affected = coverage.put(plan);
    contents.changed();
    for (String namespace : affected) {
      look(namespace);
      if (started && before != null) {
        unbindUnmeant(namespace, before);
      }
    }
  }

  /**
   * A policy is being deleted; answers whether all it put into the cluster is gone.
   *
   * @param handOver it stays there for the original instead, no more marked as ours
   */
  public boolean policyGone(String policy, boolean handOver) {
    PolicyPlan before = coverage.plan(policy);
    if (before != null) {
      Set<WorkItem> mustBeDone = ConcurrentHashMap.newKeySet();
      Set<String> affected = coverage.remove(policy);
      contents.changed();
      for (String namespace : affected) {
        mustBeDone.add(new WorkItem.PullSecret(namespace));
        if (handOver) {
          handOver(namespace);
        } else {
          mustBeDone.addAll(unmeant(namespace, before));
        }
      }
      leaving.put(policy, mustBeDone);
      mustBeDone.forEach(work -> queue.add(work, Priority.NORMAL));
      affected.forEach(tally::touch);
    }
    Set<WorkItem> left = leaving.getOrDefault(policy, Set.of());
    if (left.isEmpty()) {
      leaving.remove(policy);
      return true;
    }
    return false;
  }

  /** Work has been done: whoever waits for it is told. */
  public void done(WorkItem work) {
    leaving.forEach(
        (policy, left) -> {
          if (left.remove(work) && left.isEmpty()) {
            signals.now(policy);
          }
        });
  }

  // ---- tokens

  /** Tokens or domains of these are new or have ended. */
  public void tokens(Set<RegistryRef> refs) {
    contents.changed();
    // Ahead of the namespaces: killed among them, the next process goes on with the same tokens
    // instead of asking for others and writing them all again.
    queue.add(new WorkItem.SaveState(), Priority.URGENT);
    Set<String> namespaces = new HashSet<>();
    for (PolicyPlan plan : coverage.wanting(refs)) {
      namespaces.addAll(coverage.namespaces(plan.name()));
      signals.soon(plan.name());
    }
    namespaces.forEach(namespace -> queue.add(new WorkItem.PullSecret(namespace), Priority.BULK));
  }

  // ---- namespaces

  /**
   * A namespace is new or changed. It is taken from the view, one call at a time, so that the call
   * that comes last has the latest state.
   */
  public synchronized void namespace(String name) {
    ClusterCache.ObservedNamespace now = view.namespaces.get("", name);
    if (excluded.test(name)) {
      return;
    }
    if (now == null || now.ending()) {
      forget(name);
      return;
    }
    List<PolicyPlan> before = coverage.policies(name);
    if (coverage.putNamespace(name, now.labels())) {
      before.forEach(plan -> unbindUnmeant(name, plan));
      before.forEach(plan -> signals.soon(plan.name()));
      look(name);
    }
  }

  /** A namespace is gone; one of its name may be there again. */
  public synchronized void namespaceGone(String name) {
    forget(name);
    namespace(name);
  }

  /** The namespace is ending or gone: Kubernetes removes what is in it. */
  private void forget(String name) {
    List<PolicyPlan> before = coverage.policies(name);
    coverage.removeNamespace(name);
    handedOver.remove(name);
    tally.touch(name);
    before.forEach(plan -> signals.soon(plan.name()));
    leaving.values().forEach(works -> works.removeIf(work -> isIn(name, work)));
    leaving.keySet().forEach(signals::now);
    // There is nothing left to do in it, which ends what troubled it: that is not retried.
    queue.add(new WorkItem.PullSecret(name), Priority.NORMAL);
  }

  private static boolean isIn(String namespace, WorkItem work) {
    return work instanceof WorkItem.PullSecret secret && secret.namespace().equals(namespace)
        || work instanceof WorkItem.Unbind unbind && unbind.namespace().equals(namespace);
  }

  // ---- pull Secrets

  /** A pull Secret is new, changed or gone. */
  public void pullSecret(String namespace) {
    if (!started || !coverage.knows(namespace)) {
      return;
    }
    ObservedSecret observed = view.pullSecret(namespace);
    List<PolicyPlan> policies = coverage.policies(namespace);
    boolean wrong =
        policies.stream().allMatch(PolicyPlan::isFrozen)
            ? policies.isEmpty() && observed != null && observed.ours()
            : PullSecretDecision.of(observed, contents.of(policies), clock.instant())
                != PullSecretDecision.KEEP;
    if (wrong) {
      WorkItem heal = new WorkItem.PullSecret(namespace);
      later(heal, Priority.NORMAL, fights.next(heal));
    } else if (observed != null) {
      // Ours too may come this way, where the watch was faster than the reply to our write.
      bindAll(namespace);
    }
  }

  // ---- ServiceAccounts

  /** A ServiceAccount is new. */
  public void serviceAccountAdded(String namespace, String name, ObservedServiceAccount account) {
    if (needsBinding(namespace, name, account)) {
      bind(namespace, name, Priority.URGENT, Duration.ZERO);
    } else {
      signalCovering(namespace);
    }
  }

  /** A ServiceAccount has changed, by us or by others. */
  public void serviceAccountChanged(
      String namespace, String name, ObservedServiceAccount before, ObservedServiceAccount now) {
    if (needsBinding(namespace, name, now)) {
      boolean stripped = BindingDecision.APPEND.satisfied(before, view.pullSecretName());
      Duration wait =
          stripped ? fights.next(new WorkItem.Bind(namespace, name)) : fights.left(namespace);
      bind(namespace, name, Priority.NORMAL, wait);
    } else if (!before.labels().equals(now.labels())
        && coverage.decision(namespace, name, before.labels()) != BindingDecision.REMOVE) {
      unbindIfUnmeant(namespace, name, now);
    }
    signalCovering(namespace);
  }

  /** A ServiceAccount is gone. */
  public void serviceAccountGone(String namespace, String name) {
    unboundSince.remove(new WorkItem.Bind(namespace, name));
    signalCovering(namespace);
  }

  private boolean needsBinding(String namespace, String name, ObservedServiceAccount account) {
    if (!started || !view.hasOurs(namespace)) {
      return false;
    }
    BindingDecision decision = coverage.decision(namespace, name, account.labels());
    return (decision == BindingDecision.APPEND || decision == BindingDecision.REPLACE)
        && !decision.satisfied(account, view.pullSecretName());
  }

  private void bind(String namespace, String name, Priority lane, Duration wait) {
    WorkItem.Bind bind = new WorkItem.Bind(namespace, name);
    unboundSince.putIfAbsent(bind, System.nanoTime());
    later(bind, lane, wait);
  }

  private void later(WorkItem work, Priority lane, Duration wait) {
    if (wait.isZero()) {
      queue.add(work, lane);
    } else {
      queue.addLater(work, lane, wait);
    }
  }

  /** How long the ServiceAccount waited for its binding, in nanoseconds; 0 = unknown. */
  long boundAfter(WorkItem.Bind bind) {
    Long since = unboundSince.remove(bind);
    return since == null ? 0 : System.nanoTime() - since;
  }

  /** The namespace's pull Secret is there: who needs its entry gets it. */
  void bindAll(String namespace) {
    view.serviceAccounts
        .in(namespace)
        .forEach(
            (name, account) -> {
              if (needsBinding(namespace, name, account)) {
                bind(namespace, name, Priority.NORMAL, Duration.ZERO);
              }
            });
  }

  // ---- what nobody means any more

  private void look(String namespace) {
    tally.touch(namespace);
    if (!started) {
      return;
    }
    queue.add(new WorkItem.PullSecret(namespace), Priority.NORMAL);
    signalCovering(namespace);
  }

  /**
   * Unbinds all that no policy means, where nobody can remember any more what was meant before.
   *
   * @return what must be done before the namespace's pull Secret may go
   */
  Set<WorkItem> unbindUnmeant(String namespace) {
    Set<WorkItem> works = new HashSet<>();
    if (view.hasOurs(namespace) && coverage.knows(namespace)) {
      view.serviceAccounts
          .in(namespace)
          .forEach(
              (name, account) -> {
                if (isUnmeant(namespace, name, account)) {
                  works.add(new WorkItem.Unbind(namespace, name));
                }
              });
    }
    works.forEach(work -> queue.add(work, Priority.NORMAL));
    return works;
  }

  private void unbindUnmeant(String namespace, PolicyPlan meantBefore) {
    unmeant(namespace, meantBefore).forEach(work -> queue.add(work, Priority.NORMAL));
  }

  /** Those that this policy meant and none means now: an entry that somebody wrote stays. */
  private Collection<WorkItem> unmeant(String namespace, PolicyPlan meantBefore) {
    Set<WorkItem> works = new HashSet<>();
    if (view.hasOurs(namespace)) {
      view.serviceAccounts
          .in(namespace)
          .forEach(
              (name, account) -> {
                if (meantBefore.serviceAccounts().matches(name, account.labels())
                    && isUnmeant(namespace, name, account)) {
                  works.add(new WorkItem.Unbind(namespace, name));
                }
              });
    }
    return works;
  }

  private void unbindIfUnmeant(String namespace, String name, ObservedServiceAccount account) {
    if (view.hasOurs(namespace) && isUnmeant(namespace, name, account)) {
      queue.add(new WorkItem.Unbind(namespace, name), Priority.NORMAL);
    }
  }

  private boolean isUnmeant(String namespace, String name, ObservedServiceAccount account) {
    return coverage.decision(namespace, name, account.labels()) == BindingDecision.REMOVE
        && !BindingDecision.REMOVE.satisfied(account, view.pullSecretName());
  }

  /** Something in the policy's status may have changed. */
  public void changed(String policy) {
    signals.soon(policy);
  }

  private void signalCovering(String namespace) {
    coverage.policies(namespace).forEach(plan -> signals.soon(plan.name()));
  }
}
