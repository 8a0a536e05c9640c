// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.Settings.StuckPods;
import io.acrcredential.operator.kubernetes.ApiRefusal;
import io.acrcredential.operator.pod.PodDecision.Permission;
import io.acrcredential.operator.policy.PolicyPlan;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * What the operator may do about pods: what its settings say, and what the API server has refused.
 */
public final class PodAccess {

  private static final Logger LOG = Logger.getLogger(PodAccess.class);

  enum Operation {
    WATCH("Pods cannot be watched"),
    EVICT("Pods cannot be evicted");

    private final String failure;

    Operation(String failure) {
      this.failure = failure;
    }
  }

  private final StuckPods setting;
  private final boolean injects;
  private final Runnable onChange;
  private final Map<Operation, String> refusals = new ConcurrentHashMap<>();

  /**
   * @param injects whether the installation adds the entry to new pods
   * @param onChange run when the API server begins or ceases to refuse something
   */
  public PodAccess(StuckPods setting, boolean injects, Runnable onChange) {
    this.setting = setting;
    this.injects = injects;
    this.onChange = onChange;
  }

  boolean mayWatch() {
    return setting != StuckPods.IGNORE;
  }

  /** Whether the installation adds the entry to new pods. */
  boolean injects() {
    return injects;
  }

  Permission permission(PolicyPlan plan) {
    if (!plan.healPods()) {
      return Permission.NOT_ASKED;
    }
    return setting == StuckPods.HEAL ? Permission.ALLOWED : Permission.NOT_ALLOWED;
  }

  /** Logs the first refusal; the status of the policies has it until the API server permits. */
  void onRefused(Operation operation, String object, KubernetesClientException e) {
    String message = operation.failure + ": " + ApiRefusal.of(e).message(object, e);
    if (refusals.putIfAbsent(operation, message) == null) {
      LOG.warn(message);
      onChange.run();
    }
  }

  void onPermitted(Operation operation) {
    if (refusals.remove(operation) != null) {
      onChange.run();
    }
  }

  /** Why {@code healPods} of the policy has no effect; empty = it has, or is not set. */
  public Optional<String> healingObstacle(PolicyPlan plan) {
    if (!plan.healPods()) {
      return Optional.empty();
    }
    if (setting != StuckPods.HEAL) {
      return Optional.of(
          "healPods has no effect, because ACR_STUCK_PODS is "
              + setting.name().toLowerCase(Locale.ROOT)
              + ": set it to heal (in the chart: stuckPods), which also gives the permissions");
    }
    return refusals.values().stream().sorted().findFirst();
  }

  /** Why {@code injectPods} of the policy has no effect; empty = it has, or is not set. */
  public Optional<String> injectionObstacle(PolicyPlan plan) {
    return plan.injectPods() && !injects
        ? Optional.of(
            "injectPods has no effect, because ACR_INJECT_PODS is false: install the admission"
                + " policy or the webhook for pods (in the chart: admission.injectPods), which also"
                + " sets the variable")
        : Optional.empty();
  }
}
