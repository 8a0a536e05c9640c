package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.acrcredential.operator.cleanup.CleanupReport.Done;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.controller.PolicyReconciler;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.acrcredential.operator.sync.TokenStateStore;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Listable;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Takes what operators wrote out of the cluster, from what is there: no policy, no watch and no
 * running operator is needed for it. In every namespace the entries go first and the pull Secret
 * last, for its label alone tells that the entries are ours: so it may be killed at any moment, and
 * run again.
 */
public final class Cleanup {

  private static final String ORIGINAL_NAMESPACE = "kube-system";
  private static final String ORIGINAL = "aliyun-acr-credential-helper";

  /** A pull Secret may be large, and a page is held as a whole. */
  private static final long PAGE = 100;

  private static final int AT_ONCE = 8;

  /**
   * @param deletePolicies all of them, not only the one that the ConfigMap makes
   * @param handOver whether pull Secrets and entries stay, for the original component
   */
  public record Options(boolean deletePolicies, boolean handOver) {
    private static final String DELETE_POLICIES = "--delete-policies";
    private static final String HAND_OVER = "--hand-over";

    /** All there are. */
    public static final Set<String> NAMES = Set.of(DELETE_POLICIES, HAND_OVER);

    static Options of(List<String> words) {
      return new Options(words.contains(DELETE_POLICIES), words.contains(HAND_OVER));
    }
  }

  private final KubernetesClient client;
  private final String pullSecretName;
  private final String credentialsNamespace;
  private final Predicate<String> excluded;
  private final WriteFence gate;
  private final Options options;
  private final CleanupReport report;
  private final ServiceAccountWriter accounts;
  private final PullSecretWriter pullSecrets;

  Cleanup(
      KubernetesClient client,
      String pullSecretName,
      String credentialsNamespace,
      Predicate<String> excluded,
      WriteFence gate,
      Options options,
      CleanupReport report) {
    this.client = client;
    this.pullSecretName = pullSecretName;
    this.credentialsNamespace = credentialsNamespace;
    this.excluded = excluded;
    this.gate = gate;
    this.options = options;
    this.report = report;
    this.accounts = new ServiceAccountWriter(client, pullSecretName, gate);
    this.pullSecrets = new PullSecretWriter(client, pullSecretName, gate, Clock.systemUTC());
  }

  /**
   * Does all of it; what fails is in the report, and does not keep the rest from being done.
   *
   * @param ownedByAnother whether another installation owns the pull Secrets: then only what is in
   *     the credentials namespace is removed
   */
  void run(boolean ownedByAnother) throws InterruptedException {
    if (ownedByAnother) {
      removeOwn(AcrConfigurationParser.KEYS_SECRET);
    } else {
      boolean handOver = options.handOver() || originalRuns();
      leaveNamespaces(handOver);
      leavePolicies();
    }
    for (int i = 0; i < TokenStateStore.SECRETS; i++) {
      removeOwn(TokenStateStore.NAME + i);
    }
  }

  /** DESIGN section 3; who may not see it does not remove what it may be living on. */
  private boolean originalRuns() {
    Deployment original =
        client.apps().deployments().inNamespace(ORIGINAL_NAMESPACE).withName(ORIGINAL).get();
    boolean runs =
        original != null
            && original.getStatus() != null
            && original.getStatus().getReadyReplicas() != null
            && original.getStatus().getReadyReplicas() > 0;
    if (runs) {
      report.note(
          "The original component runs (%s/%s): pull Secrets are handed over to it."
              .formatted(ORIGINAL_NAMESPACE, ORIGINAL));
    }
    return runs;
  }

  // ---- namespaces

  private void leaveNamespaces(boolean handOver) throws InterruptedException {
    Map<String, ObservedSecret> ours = new TreeMap<>();
    attempt(
        "pull Secrets",
        () ->
            pages(
                client.secrets().inAnyNamespace().withField("metadata.name", pullSecretName),
                secret -> {
                  if (Ownership.isOurs(secret)) {
                    ours.put(secret.getMetadata().getNamespace(), ObservedSecret.of(secret));
                  }
                }));
    long untouched = ours.keySet().stream().filter(excluded).count();
    if (untouched > 0) {
      report.note("%d excluded namespaces are left as they are.".formatted(untouched));
    }
    ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE);
    ours.forEach(
        (namespace, secret) -> {
          if (!excluded.test(namespace)) {
            workers.execute(
                () -> attempt("namespace " + namespace, () -> leave(namespace, secret, handOver)));
          }
        });
    workers.shutdown();
    // It ends without a limit of its own: whoever loses the lease fails at the next write.
    workers.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }

  private void leave(String namespace, ObservedSecret seen, boolean handOver) {
    ConflictRetry.run(
        seen,
        () -> observed(pullSecrets.read(namespace)),
        ObservedSecret::resourceVersion,
        secret -> leaveOnce(namespace, secret, handOver));
  }

  private static ObservedSecret observed(Secret secret) {
    return secret == null ? null : ObservedSecret.of(secret);
  }

  private boolean leaveOnce(String namespace, ObservedSecret secret, boolean handOver) {
    if (secret == null || !secret.ours()) {
      return false;
    }
    // Entries of others are in it for as long as ours are not all there: it was the original's.
    if (handOver || secret.keptForeignSince() != null) {
      pullSecrets.release(namespace);
      report.done(Done.HANDED_OVER);
    } else {
      unbind(namespace);
      pullSecrets.delete(namespace, secret);
      report.done(Done.PULL_SECRETS);
    }
    return true;
  }

  private void unbind(String namespace) {
    pages(
        client.serviceAccounts().inNamespace(namespace),
        account -> {
          ObservedServiceAccount seen = ObservedServiceAccount.of(account);
          if (BindingDecision.REMOVE.satisfied(seen, pullSecretName)) {
            return;
          }
          accounts
              .write(namespace, account.getMetadata().getName(), seen, BindingDecision.REMOVE)
              .ifPresent(written -> report.done(Done.ENTRIES));
        });
  }

  // ---- policies

  private void leavePolicies() {
    List<AcrCredentialPolicy> policies = new ArrayList<>();
    boolean read =
        attempt(
            "policies",
            () -> {
              try {
                pages(client.resources(AcrCredentialPolicy.class), policies::add);
              } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                  throw e;
                }
                report.note("The CRD is not there, so there are no policies.");
              }
            });
    policies.forEach(
        policy -> attempt("policy " + policy.getMetadata().getName(), () -> leave(policy)));
    boolean keysUsed =
        policies.stream().filter(policy -> !goes(policy)).anyMatch(Cleanup::usesKeys);
    if (keysUsed) {
      report.note(
          "The Secret %s/%s stays, for a policy refers to it."
              .formatted(credentialsNamespace, AcrConfigurationParser.KEYS_SECRET));
    } else if (read) {
      removeOwn(AcrConfigurationParser.KEYS_SECRET);
    }
  }

  /** The managed one is no user's: it is what the ConfigMap was made into. */
  private boolean goes(AcrCredentialPolicy policy) {
    return options.deletePolicies()
        || ConfigMapPolicy.isManaged(policy)
        || policy.getMetadata().getDeletionTimestamp() != null;
  }

  private static boolean usesKeys(AcrCredentialPolicy policy) {
    return policy.getSpec() != null
        && policy.getSpec().registries() != null
        && policy.getSpec().registries().stream()
            .map(AcrCredentialPolicySpec.Registry::credentials)
            .filter(credentials -> credentials != null && credentials.secretRef() != null)
            .anyMatch(
                credentials ->
                    AcrConfigurationParser.KEYS_SECRET.equals(credentials.secretRef().name()));
  }

  private void leave(AcrCredentialPolicy seen) {
    Resource<AcrCredentialPolicy> resource =
        client.resources(AcrCredentialPolicy.class).withName(seen.getMetadata().getName());
    if (goes(seen) && seen.getMetadata().getDeletionTimestamp() == null) {
      gate.permit("AcrCredentialPolicy", "delete");
      resource.delete();
      report.done(Done.POLICIES);
    }
    ConflictRetry.run(
        resource.get(),
        resource::get,
        policy -> policy.getMetadata().getResourceVersion(),
        this::removeFinalizer);
  }

  private boolean removeFinalizer(AcrCredentialPolicy policy) {
    int place = policy == null ? -1 : policy.getFinalizers().indexOf(PolicyReconciler.FINALIZER);
    if (place < 0) {
      return false;
    }
    gate.permit("AcrCredentialPolicy", "patch");
    JsonPatch.ofVersion(policy.getMetadata().getResourceVersion())
        .remove("/metadata/finalizers/" + place)
        .applyTo(client.resource(policy));
    report.done(Done.FINALIZERS);
    return true;
  }

  // ---- the operator's own Secrets

  private void removeOwn(String name) {
    attempt(
        "Secret " + credentialsNamespace + "/" + name,
        () -> {
          Resource<Secret> resource =
              client.secrets().inNamespace(credentialsNamespace).withName(name);
          Secret secret = resource.get();
          if (secret != null && Ownership.isOurs(secret)) {
            gate.permit("Secret", "delete");
            resource.delete();
            report.done(Done.STATE);
          }
        });
  }

  // ---- how

  private boolean attempt(String where, Runnable work) {
    try {
      work.run();
      return true;
    } catch (KubernetesClientException | WriteFence.NotLeadingException e) {
      report.failed(where, e);
      return false;
    }
  }

  /** All items, page by page. */
  private static <T extends HasMetadata, L extends KubernetesResourceList<T>> void pages(
      Listable<L> of, Consumer<T> each) {
    String next = null;
    do {
      L page = of.list(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
      page.getItems().forEach(each);
      next = page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
  }
}
