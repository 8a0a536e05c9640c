// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.token.TokenListener;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/** Enqueues work for new and failed tokens, and records each fetch in log and metrics. */
public final class TokenEventHandler implements TokenListener {

  private static final Logger LOG = Logger.getLogger(TokenEventHandler.class);

  private final PolicyIndex policies;
  private final PullSecretContentCache contents;
  private final WorkQueue<WorkItem> queue;
  private final NamespaceEnqueuer namespaces;
  private final TokenMetrics metrics;

  public TokenEventHandler(
      PolicyIndex policies,
      PullSecretContentCache contents,
      WorkQueue<WorkItem> queue,
      NamespaceEnqueuer namespaces,
      MeterRegistry meters) {
    this.policies = policies;
    this.contents = contents;
    this.queue = queue;
    this.namespaces = namespaces;
    this.metrics = new TokenMetrics(meters);
  }

  @Override
  public void onTokensChanged(Set<RegistryRef> refs) {
    contents.clear();
    // Before the namespaces: if the process is killed while it writes them, the next one continues
    // with the same tokens instead of fetching others and writing all namespaces again.
    queue.add(new WorkItem.SaveState(), Priority.URGENT);
    Set<String> affected = new HashSet<>();
    List<PolicyPlan> plans = policies.plansUsing(refs);
    plans.forEach(plan -> affected.addAll(policies.namespaces(plan.name())));
    namespaces.notifyPolicies(plans);
    affected.forEach(namespace -> queue.add(new WorkItem.PullSecret(namespace), Priority.BULK));
  }

  @Override
  public void onStatesChanged(Set<RegistryRef> refs) {
    namespaces.notifyPolicies(policies.plansUsing(refs));
  }

  @Override
  public void onFetchCompleted(RegistryRef ref, Duration took, AlibabaCloudException error) {
    metrics.record(ref.region(), took, error);
    if (error == null) {
      LOG.infof("Refreshed the token of %s in %d ms", ref.describe(), took.toMillis());
    } else {
      String request = error.requestId().isEmpty() ? "" : " (RequestId " + error.requestId() + ")";
      LOG.warnf(
          "No token for %s: %s: %s%s. %s",
          ref.describe(), error.code(), error.getMessage(), request, error.advice());
    }
  }
}
