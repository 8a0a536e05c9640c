// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.admission.AdmissionCheck;
import io.acrcredential.operator.admission.webhook.AdmissionWebhook;
import io.acrcredential.operator.configmap.ConfigMapReconciler;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.pod.PodWatch;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkerPool.WorkHandler;
import io.acrcredential.operator.sync.PullSecretReconciler;
import io.acrcredential.operator.sync.ServiceAccountReconciler;
import io.acrcredential.operator.token.RegistryState;
import io.acrcredential.operator.token.TokenService;
import io.acrcredential.operator.tokenstate.TokenStateStore;
import java.util.Map;

/** Hands each work item to the reconciler of its kind. */
final class WorkDispatcher implements WorkHandler {

  private final PullSecretReconciler pullSecrets;
  private final ServiceAccountReconciler serviceAccounts;
  private final TokenStateStore tokenStates;
  private final TokenService tokens;
  private final ConfigMapReconciler configMap;
  private final EventRecorder events;
  private final AdmissionCheck admission;
  private final AdmissionWebhook webhook;
  private final PodWatch pods;

  WorkDispatcher(
      PullSecretReconciler pullSecrets,
      ServiceAccountReconciler serviceAccounts,
      TokenStateStore tokenStates,
      TokenService tokens,
      ConfigMapReconciler configMap,
      EventRecorder events,
      AdmissionCheck admission,
      AdmissionWebhook webhook,
      PodWatch pods) {
    this.pullSecrets = pullSecrets;
    this.serviceAccounts = serviceAccounts;
    this.tokenStates = tokenStates;
    this.tokens = tokens;
    this.configMap = configMap;
    this.events = events;
    this.admission = admission;
    this.webhook = webhook;
    this.pods = pods;
  }

  @Override
  public void work(WorkItem work) {
    if (work instanceof WorkItem.Bind bind) {
      serviceAccounts.bind(bind);
    } else if (work instanceof WorkItem.PullSecret pullSecret) {
      pullSecrets.reconcile(pullSecret);
    } else if (work instanceof WorkItem.Unbind unbind) {
      serviceAccounts.unbind(unbind);
    } else if (work instanceof WorkItem.SaveState) {
      Map<RegistryRef, RegistryState> states = tokens.snapshot();
      tokenStates.write(states);
      tokens.onSaved(states);
    } else if (work instanceof WorkItem.CompileConfigMap) {
      configMap.reconcile();
    } else if (work instanceof WorkItem.PublishEvent event) {
      events.publish(event.note());
    } else if (work instanceof WorkItem.CheckAdmission) {
      admission.run();
    } else if (work instanceof WorkItem.ReconcileWebhook) {
      if (webhook.reconcile()) {
        admission.request();
      }
    } else if (work instanceof WorkItem.HealPods heal) {
      pods.heal(heal.namespace());
    } else if (work instanceof WorkItem.WatchPods) {
      pods.run();
    }
  }
}
