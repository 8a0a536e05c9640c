package io.acrcredential.operator.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.acrcredential.operator.SecretText;
import io.acrcredential.operator.WriteGate;
import io.acrcredential.operator.legacy.AcrConfigurationReader;
import io.acrcredential.operator.legacy.Finding;
import io.acrcredential.operator.legacy.Reading;
import io.acrcredential.operator.operator.WorkQueue.Lane;
import io.acrcredential.operator.policy.AcrCredentialPolicy;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Keeps the managed policy {@code acr-configuration} equal to what the legacy ConfigMap says. What
 * can't be understood changes nothing; what can't be read is no deletion.
 */
final class ConfigMapSync {

  private static final Logger LOG = Logger.getLogger(ConfigMapSync.class);

  /** The managed policy's name: DESIGN section 3. */
  static final String POLICY = "acr-configuration";

  private static final Set<String> LEAVES_OUT = Set.of(Finding.ITEM_IGNORED, Finding.NOT_SUPPORTED);

  private static final Work WORK = new Work.CompileConfigMap();

  private final KubernetesClient client;
  private final Optional<Name> configMap;
  private final String credentialsNamespace;
  private final WriteGate gate;
  private final WorkQueue<Work> queue;
  private final EventRecorder events;
  private final Coverage coverage;
  private final AcrConfigurationReader reader = new AcrConfigurationReader();
  // The region stands in for the cluster's: it is the same in what is compared.
  private final PolicyCompiler compiler = new PolicyCompiler(Optional.of("cn-hangzhou"));
  private SharedIndexInformer<ConfigMap> informer;

  /** Before, an absent ConfigMap means only that it has not been read yet. */
  private volatile boolean synced;

  private record Name(String namespace, String name) {
    static Name of(String text) {
      String[] parts = text.split("/", -1);
      if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
        throw new IllegalArgumentException(
            "ACR_CONFIG_MAP is \""
                + text
                + "\": write namespace/name, or nothing to switch it off");
      }
      return new Name(parts[0], parts[1]);
    }
  }

  /**
   * @param configMap {@code namespace/name}; empty = there is none, and its policy goes
   */
  ConfigMapSync(
      KubernetesClient client,
      Optional<String> configMap,
      String credentialsNamespace,
      WriteGate gate,
      WorkQueue<Work> queue,
      EventRecorder events,
      Coverage coverage) {
    this.client = client;
    this.configMap = configMap.map(Name::of);
    this.credentialsNamespace = credentialsNamespace;
    this.gate = gate;
    this.queue = queue;
    this.events = events;
    this.coverage = coverage;
  }

  /** Watches the one object; its first look comes as soon as it has been read. */
  void start(Watches watches) {
    if (configMap.isEmpty()) {
      queue.add(WORK, Lane.NORMAL);
      return;
    }
    Name name = configMap.get();
    ResourceEventHandler<ConfigMap> look =
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(ConfigMap added) {
            queue.add(WORK, Lane.NORMAL);
          }

          @Override
          public void onUpdate(ConfigMap before, ConfigMap now) {
            queue.add(WORK, Lane.NORMAL);
          }

          @Override
          public void onDelete(ConfigMap gone, boolean finalStateUnknown) {
            queue.add(WORK, Lane.NORMAL);
          }
        };
    informer =
        watches.start(
            "ConfigMap " + name.namespace() + "/" + name.name(),
            true,
            client.configMaps().inNamespace(name.namespace()).withName(name.name()),
            null,
            look);
    watches.onSync(
        informer,
        () -> {
          synced = true;
          queue.add(WORK, Lane.NORMAL);
        });
  }

  /** A policy has changed or is gone: if it is ours, it shall say what the ConfigMap says. */
  void policyChanged(AcrCredentialPolicy policy) {
    if (policy.getMetadata().getName().equals(POLICY)) {
      queue.add(WORK, Lane.NORMAL);
    }
  }

  /** Makes policy and key Secret what the ConfigMap says, on a worker. */
  void compile() {
    if (configMap.isPresent() && !synced) {
      return;
    }
    Optional<ConfigMap> seen =
        configMap.flatMap(
            name ->
                informer.getStore().list().stream()
                    .filter(map -> map.getMetadata().getName().equals(name.name()))
                    .findFirst());
    AcrCredentialPolicy policy = policies().get();
    if (seen.isEmpty()) {
      remove(policy);
    } else if (policy != null && !isManaged(policy)) {
      events.warning(
          reference(seen.get()),
          "PolicyNameTaken",
          "An AcrCredentialPolicy named "
              + POLICY
              + " exists and is not managed by this operator:"
              + " rename it, and this ConfigMap takes effect");
    } else {
      apply(seen.get(), policy);
    }
  }

  private void apply(ConfigMap map, AcrCredentialPolicy policy) {
    Reading reading = reader.read(map.getData() == null ? Map.of() : map.getData());
    if (reading instanceof Reading.Unreadable unreadable) {
      tell(map, unreadable.findings(), "nothing was changed");
    } else if (reading instanceof Reading.Understood understood) {
      tell(map, understood.findings(), "the rest takes effect");
      writeKeys(understood.keys());
      writePolicy(policy, understood);
    }
  }

  private void tell(ConfigMap map, List<Finding> findings, String consequence) {
    ObjectReference about = reference(map);
    for (Finding finding : findings) {
      events.warning(about, finding.cause(), finding.message());
      LOG.warnf(
          "ConfigMap %s/%s: %s (%s)",
          about.getNamespace(), about.getName(), finding.message(), consequence);
    }
  }

  private void writePolicy(AcrCredentialPolicy policy, Reading.Understood understood) {
    String leftOut =
        understood.findings().stream()
            .filter(finding -> LEAVES_OUT.contains(finding.cause()))
            .map(Finding::message)
            .collect(Collectors.joining("; "));
    if (policy == null) {
      AcrCredentialPolicy fresh = new AcrCredentialPolicy();
      fresh.getMetadata().setName(POLICY);
      fresh.getMetadata().setLabels(labels());
      fresh.getMetadata().setAnnotations(leftOut.isEmpty() ? null : leftOut(leftOut));
      fresh.setSpec(understood.spec());
      gate.permit("AcrCredentialPolicy", "create");
      client.resource(fresh).create();
      return;
    }
    Map<String, String> annotations =
        Optional.ofNullable(policy.getMetadata().getAnnotations()).orElse(Map.of());
    if (policy.getMetadata().getDeletionTimestamp() != null) {
      // Somebody removed it: it comes back once it has gone.
      return;
    }
    if (saysTheSame(policy, understood.spec())
        && leftOut.equals(annotations.getOrDefault(Policies.LEFT_OUT, ""))) {
      return;
    }
    Map<String, String> changed = new HashMap<>(annotations);
    changed.remove(Policies.LEFT_OUT);
    if (!leftOut.isEmpty()) {
      changed.putAll(leftOut(leftOut));
    }
    policy.getMetadata().setAnnotations(changed);
    policy.setSpec(understood.spec());
    gate.permit("AcrCredentialPolicy", "update");
    client.resource(policy).update();
  }

  private static Map<String, String> leftOut(String text) {
    return Map.of(Policies.LEFT_OUT, text);
  }

  /** By what the specs mean: the API server fills defaults in. */
  private boolean saysTheSame(AcrCredentialPolicy policy, AcrCredentialPolicySpec spec) {
    AcrCredentialPolicy other = new AcrCredentialPolicy();
    other.setMetadata(policy.getMetadata());
    other.setSpec(spec);
    return compiler.compile(policy).equals(compiler.compile(other));
  }

  private void remove(AcrCredentialPolicy policy) {
    if (policy == null) {
      removeKeys();
    } else if (isManaged(policy) && policy.getMetadata().getDeletionTimestamp() == null) {
      // The keys go once it has gone.
      gate.permit("AcrCredentialPolicy", "delete");
      policies().delete();
    }
  }

  // ---- AccessKeys that stand in the ConfigMap as plain text

  private void writeKeys(Map<String, SecretText> keys) {
    if (keys.isEmpty()) {
      removeKeys();
      return;
    }
    Map<String, String> data =
        keys.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    key ->
                        Base64.getEncoder()
                            .encodeToString(key.getValue().reveal().getBytes(UTF_8))));
    Secret before = keySecret().get();
    if (before != null && data.equals(before.getData())) {
      return;
    }
    gate.permit("Secret", before == null ? "create" : "update");
    Secret wanted =
        (before == null ? new SecretBuilder() : new SecretBuilder(before))
            .withData(data)
            .editOrNewMetadata()
            .withName(AcrConfigurationReader.KEYS_SECRET)
            .withNamespace(credentialsNamespace)
            .addToLabels(labels())
            .endMetadata()
            .build();
    Resource<Secret> resource = client.secrets().inNamespace(credentialsNamespace).resource(wanted);
    if (before == null) {
      resource.create();
    } else {
      resource.update();
    }
  }

  /** It lives as long as any policy refers to it: somebody may have copied ours. */
  private void removeKeys() {
    boolean used = coverage.identities().stream().anyMatch(ConfigMapSync::usesKeys);
    if (used) {
      return;
    }
    Secret secret = keySecret().get();
    if (secret != null && ObservedSecret.isOurs(secret.getMetadata())) {
      gate.permit("Secret", "delete");
      keySecret().delete();
    }
  }

  private static boolean usesKeys(Identity identity) {
    return identity instanceof Identity.Role role
        ? usesKeys(role.from())
        : identity instanceof Identity.KeySecret ref
            && ref.name().equals(AcrConfigurationReader.KEYS_SECRET);
  }

  private Resource<Secret> keySecret() {
    return client
        .secrets()
        .inNamespace(credentialsNamespace)
        .withName(AcrConfigurationReader.KEYS_SECRET);
  }

  private Resource<AcrCredentialPolicy> policies() {
    return client.resources(AcrCredentialPolicy.class).withName(POLICY);
  }

  private static boolean isManaged(AcrCredentialPolicy policy) {
    return ObservedSecret.isOurs(policy.getMetadata());
  }

  private static Map<String, String> labels() {
    return Map.of(
        ObservedSecret.MANAGED_BY, ObservedSecret.OPERATOR,
        ObservedSecret.PART_OF, ObservedSecret.OPERATOR);
  }

  private static ObjectReference reference(ConfigMap map) {
    return new ObjectReferenceBuilder()
        .withApiVersion("v1")
        .withKind("ConfigMap")
        .withNamespace(map.getMetadata().getNamespace())
        .withName(map.getMetadata().getName())
        .withUid(map.getMetadata().getUid())
        .build();
  }
}
