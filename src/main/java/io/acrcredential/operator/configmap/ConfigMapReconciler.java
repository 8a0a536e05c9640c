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
 * From the legacy ConfigMap to the managed policy. What can't be understood changes nothing; what
 * can't be read is no deletion; what is wrong is told where people look: Events on the ConfigMap,
 * and the policy's conditions.
 */
public final class ConfigMapReconciler {

  private static final Set<String> LEAVES_OUT = Set.of(Finding.ITEM_IGNORED);

  private static final WorkItem WORK = new WorkItem.CompileConfigMap();

  private final ConfigMapInformer configMap;
  private final ManagedPolicy managed;
  private final ConfigMapKeySecret keys;
  private final CredentialHelperDetector original;
  private final ConfigMapEvents events;
  private final BiConsumer<WorkItem, Priority> queue;
  private final AcrConfigurationParser reader = new AcrConfigurationParser();

  /** Null = none has been read yet. The queue gives this work to one worker at a time. */
  private volatile AcrCredentialPolicySpec lastGood;

  /**
   * @param queue where {@link WorkItem.CompileConfigMap} waits for a worker
   */
  public ConfigMapReconciler(
      ConfigMapInformer configMap,
      ManagedPolicy managed,
      ConfigMapKeySecret keys,
      CredentialHelperDetector original,
      EventRecorder events,
      BiConsumer<WorkItem, Priority> queue) {
    this.configMap = configMap;
    this.managed = managed;
    this.keys = keys;
    this.original = original;
    this.events = new ConfigMapEvents(events);
    this.queue = queue;
  }

  /** Watches the ConfigMap; its first look comes as soon as it has been read. */
  public void start(InformerRegistry watches) {
    configMap.start(watches, this::look);
  }

  /** The ConfigMap, a policy or the original may have changed: looks again, on a worker. */
  public void look() {
    queue.accept(WORK, Priority.NORMAL);
  }

  /** Makes policy and key Secret what the ConfigMap says, on a worker. */
  public void compile() {
    if (!configMap.synced()) {
      return;
    }
    Optional<ConfigMap> seen = configMap.seen();
    AcrCredentialPolicy policy = managed.read();
    if (seen.isEmpty()) {
      lastGood = null;
      if (policy != null) {
        managed.remove(policy);
      }
      if (policy == null || !ManagedPolicy.isManaged(policy)) {
        // Else the keys go once it has gone.
        keys.keep(Map.of());
      }
    } else if (policy != null && !ManagedPolicy.isManaged(policy)) {
      events.warn(
          seen.get(),
          "PolicyNameTaken",
          "An AcrCredentialPolicy named "
              + ManagedPolicy.NAME
              + " exists and is not managed by this operator, so this ConfigMap has no effect:"
              + " rename the policy, and it takes effect");
    } else {
      original
          .advice(policy)
          .ifPresent(advice -> events.warn(seen.get(), Reason.CredentialHelperRunning.name(), advice));
      apply(seen.get(), policy);
    }
  }

  private void apply(ConfigMap map, AcrCredentialPolicy policy) {
    ParseResult reading = reader.read(map.getData() == null ? Map.of() : map.getData());
    if (reading instanceof ParseResult.Unreadable unreadable) {
      if (lastGood == null && policy != null && !policy.isMarkedForDeletion()) {
        lastGood = policy.getSpec(); // of an earlier process
      }
      List<Finding> findings = concluded(unreadable.findings());
      events.warn(map, findings);
      if (lastGood != null) {
        managed.keep(policy, lastGood, messages(findings, Set.of(Finding.UNREADABLE)));
      }
    } else if (reading instanceof ParseResult.Understood understood) {
      lastGood = understood.spec();
      events.warn(map, understood.findings());
      keep(map, understood.keys());
      managed.write(policy, understood.spec(), messages(understood.findings(), LEAVES_OUT));
    }
  }

  private void keep(ConfigMap map, Map<String, SensitiveString> wanted) {
    if (!keys.keep(wanted)) {
      events.warn(
          map,
          Reason.SecretOccupied.name(),
          "The Secret "
              + AcrConfigurationParser.KEYS_SECRET
              + " exists and is somebody else's, so the AccessKeys of acr-registry-info have no"
              + " place: remove it, or keep them in Secrets of your own (docs/migrate.md)");
    }
  }

  /** Says what holds until the ConfigMap can be read again. */
  private List<Finding> concluded(List<Finding> findings) {
    String meanwhile =
        lastGood == null
            ? " (there is no earlier configuration, so nothing is pulled for it yet)"
            : " (the last good configuration stays in force)";
    return findings.stream()
        .map(
            finding ->
                finding.cause().equals(Finding.UNREADABLE)
                    ? new Finding(finding.cause(), finding.message() + meanwhile)
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
