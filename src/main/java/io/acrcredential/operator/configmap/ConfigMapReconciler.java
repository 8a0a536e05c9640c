// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.configmap.parser.Finding;
import io.acrcredential.operator.configmap.parser.ParseResult;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Reconciles the policy {@code acr-configuration} with the ConfigMap of that name. A ConfigMap that
 * cannot be parsed changes nothing, and one that cannot be read from the API server is not treated
 * as deleted. Mistakes are reported in Events on the ConfigMap and in the policy's conditions.
 */
public final class ConfigMapReconciler {

  private static final Set<String> IGNORED = Set.of(Finding.ITEM_IGNORED);

  private static final WorkItem WORK = new WorkItem.CompileConfigMap();

  private final ConfigMapInformer configMap;
  private final ConfigMapPolicy policies;
  private final ConfigMapKeySecret keySecret;
  private final CredentialHelperDetector credentialHelper;
  private final ConfigMapEvents events;
  private final BiConsumer<WorkItem, Priority> queue;
  private final AcrConfigurationParser parser = new AcrConfigurationParser();

  /**
   * Null = none has been parsed yet. Only one worker at a time reconciles, so no lock is needed.
   */
  private volatile AcrCredentialPolicySpec lastGood;

  /**
   * @param queue to which {@link WorkItem.CompileConfigMap} is added
   */
  public ConfigMapReconciler(
      ConfigMapInformer configMap,
      ConfigMapPolicy policies,
      ConfigMapKeySecret keySecret,
      CredentialHelperDetector credentialHelper,
      EventRecorder events,
      BiConsumer<WorkItem, Priority> queue) {
    this.configMap = configMap;
    this.policies = policies;
    this.keySecret = keySecret;
    this.credentialHelper = credentialHelper;
    this.events = new ConfigMapEvents(events);
    this.queue = queue;
  }

  /** Watches the ConfigMap, and enqueues it once the watch has synced. */
  public void start(InformerRegistry informers) {
    configMap.start(informers, this::enqueue);
  }

  /** Forgets the last good configuration, because another leader may compile a newer one. */
  public void forget() {
    lastGood = null;
  }

  /**
   * Reconciles soon, because the ConfigMap, its policy or the credential helper may have changed.
   */
  public void enqueue() {
    queue.accept(WORK, Priority.NORMAL);
  }

  /** Updates the policy and the key Secret to what the ConfigMap says. Called by a worker. */
  public void reconcile() {
    if (!configMap.hasSynced()) {
      return;
    }
    Optional<ConfigMap> current = configMap.get();
    AcrCredentialPolicy policy = policies.read();
    if (current.isEmpty()) {
      lastGood = null;
      if (policy != null) {
        policies.delete(policy);
      }
      if (policy == null || !ConfigMapPolicy.isManaged(policy)) {
        // While the policy is being deleted, it may still need its AccessKeys.
        keySecret.reconcile(Map.of());
      }
    } else if (policy != null && !ConfigMapPolicy.isManaged(policy)) {
      events.warn(
          current.get(),
          "PolicyNameTaken",
          "An AcrCredentialPolicy named "
              + ConfigMapPolicy.NAME
              + " exists and is not managed by this operator, so this ConfigMap has no effect;"
              + " rename that policy to change this");
    } else {
      credentialHelper
          .warning(policy)
          .ifPresent(
              warning ->
                  events.warn(current.get(), Reason.CredentialHelperRunning.name(), warning));
      apply(current.get(), policy);
    }
  }

  private void apply(ConfigMap map, AcrCredentialPolicy policy) {
    if (lastGood == null && policy != null && !policy.isMarkedForDeletion()) {
      lastGood = policy.getSpec(); // compiled by an earlier process
    }
    ParseResult parsed = parser.parse(map.getData(), binaryKeys(map));
    if (parsed instanceof ParseResult.Unreadable unreadable) {
      List<Finding> findings = withConsequence(unreadable.findings());
      events.warn(map, findings);
      if (lastGood != null) {
        policies.retain(policy, lastGood, messages(findings, Set.of(Finding.UNREADABLE)));
      }
    } else if (parsed instanceof ParseResult.Understood understood) {
      RemovedRegistries.finding(lastGood, understood.spec())
          .ifPresent(finding -> events.warn(map, List.of(finding)));
      lastGood = understood.spec();
      events.warn(map, understood.findings());
      reconcileKeys(map, understood.keys());
      policies.write(policy, understood.spec(), messages(understood.findings(), IGNORED));
    }
  }

  private static Set<String> binaryKeys(ConfigMap map) {
    return map.getBinaryData() == null ? Set.of() : map.getBinaryData().keySet();
  }

  private void reconcileKeys(ConfigMap map, Map<String, SensitiveString> desired) {
    if (!keySecret.reconcile(desired)) {
      events.warn(
          map,
          Reason.SecretOccupied.name(),
          "The Secret "
              + AcrConfigurationParser.KEYS_SECRET
              + " exists and is not managed by this operator, so the AccessKeys of acr-registry-info"
              + " cannot be stored; delete it, or use Secrets of your own (docs/migrate.md)");
    }
  }

  /** Adds to each message what applies until the ConfigMap can be parsed. */
  private List<Finding> withConsequence(List<Finding> findings) {
    String consequence =
        lastGood == null
            ? " (there is no earlier configuration, so no credentials are provided yet)"
            : " (the last good configuration stays in force)";
    return findings.stream()
        .map(
            finding ->
                finding.cause().equals(Finding.UNREADABLE)
                    ? new Finding(finding.cause(), finding.message() + consequence)
                    : finding)
        .toList();
  }

  private static List<String> messages(List<Finding> findings, Set<String> causes) {
    return findings.stream()
        .filter(finding -> causes.contains(finding.cause()))
        .map(Finding::message)
        .toList();
  }
}
