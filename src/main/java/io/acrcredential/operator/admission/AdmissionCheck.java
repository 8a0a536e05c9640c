// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.serviceaccount.AdmissionProbe;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Finds out whether binding at admission works: at start, when a policy changes, and when a
 * ServiceAccount contradicts what is known. At rest it sends nothing.
 */
public final class AdmissionCheck {

  private static final Logger LOG = Logger.getLogger(AdmissionCheck.class);

  /** The API server knows a new policy within milliseconds. */
  private static final Duration AGAIN = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final AdmissionProbe probe;
  private final AdmissionState state;
  private final WorkQueue<WorkItem> queue;
  private final boolean webhook;

  /** Whether a negative result is to be confirmed by another dry run. */
  private final AtomicBoolean confirm = new AtomicBoolean();

  /** Null = not asked yet. */
  private volatile Boolean served;

  /**
   * @param webhook whether the installation has an admission webhook
   * @param onChange run when binding at admission begins or ceases to work
   */
  public AdmissionCheck(
      KubernetesClient client,
      ClusterCache cache,
      PolicyIndex policies,
      AdmissionProbe probe,
      AdmissionState state,
      WorkQueue<WorkItem> queue,
      boolean webhook,
      Runnable onChange) {
    this.client = client;
    this.cache = cache;
    this.policies = policies;
    this.probe = probe;
    this.state = state;
    this.queue = queue;
    this.webhook = webhook;
    state.listen(onChange, this::requestLater);
  }

  /** Requests a check now, and another one if it fails. */
  public void request() {
    confirm.set(true);
    // Before the bindings, which depend on the result.
    queue.add(new WorkItem.CheckAdmission(), Priority.URGENT);
  }

  /** Requests a check if none has shown anything yet: the ServiceAccounts were not known. */
  public void requestIfUnknown() {
    if (state.isUnknown()) {
      request();
    }
  }

  /**
   * Not at once, because ServiceAccounts that are written by hand could contradict all the time.
   */
  private void requestLater() {
    if (!Boolean.FALSE.equals(served)) {
      queue.addLater(new WorkItem.CheckAdmission(), Priority.BULK, AGAIN);
    }
  }

  /** Checks, on a worker. */
  public void run() {
    try {
      if (!isServed()) {
        state.record(false);
        return;
      }
      Optional<Boolean> works =
          account().flatMap(at -> probe.isEntryAdded(at.namespace(), at.serviceAccount()));
      works.ifPresent(state::record);
      if (works.isPresent() && !works.get() && confirm.getAndSet(false)) {
        requestLater();
      }
    } catch (KubernetesClientException e) {
      // Another admission rule may refuse dry runs. Nothing depends on the result.
      LOG.debugf("Could not check binding at admission: %s", ExceptionText.of(e));
    }
  }

  private boolean isServed() {
    if (webhook) {
      return true;
    }
    if (served == null) {
      var resources = client.getApiResources("admissionregistration.k8s.io/v1");
      served =
          resources != null
              && resources.getResources().stream()
                  .anyMatch(resource -> resource.getKind().equals("MutatingAdmissionPolicy"));
    }
    return served;
  }

  /** A ServiceAccount that should be bound at admission. */
  private Optional<WorkItem.Bind> account() {
    return policies.plans().stream()
        .filter(plan -> plan.bindAtCreation() && !plan.isFrozen())
        .flatMap(
            plan ->
                policies.namespaces(plan.name()).stream()
                    .filter(state::reaches)
                    .flatMap(namespace -> account(plan, namespace).stream()))
        .findFirst();
  }

  private Optional<WorkItem.Bind> account(PolicyPlan plan, String namespace) {
    return cache.serviceAccounts.inNamespace(namespace).entrySet().stream()
        .filter(each -> plan.serviceAccounts().matches(each.getKey(), each.getValue().labels()))
        .map(Map.Entry::getKey)
        .findFirst()
        .map(name -> new WorkItem.Bind(namespace, name));
  }
}
