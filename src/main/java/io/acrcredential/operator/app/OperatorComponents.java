// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.admission.AdmissionCheck;
import io.acrcredential.operator.admission.AdmissionState;
import io.acrcredential.operator.admission.webhook.AdmissionWebhook;
import io.acrcredential.operator.admission.webhook.CachedNamespaceLabels;
import io.acrcredential.operator.admission.webhook.WebhookOptions;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.configmap.ConfigMapInformer;
import io.acrcredential.operator.configmap.ConfigMapKeySecret;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.configmap.ConfigMapReconciler;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.controller.CredentialSecretInformers;
import io.acrcredential.operator.controller.NamespaceCoverage;
import io.acrcredential.operator.controller.PolicyApplier;
import io.acrcredential.operator.controller.PolicyStatusService;
import io.acrcredential.operator.controller.PolicyTokens;
import io.acrcredential.operator.controller.StatusInputsCollector;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.index.PullSecretContentCache;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.kubernetes.RetryAfterInterceptor;
import io.acrcredential.operator.kubernetes.RuntimeIdentity;
import io.acrcredential.operator.leader.HttpLeaseApi;
import io.acrcredential.operator.leader.LeaderElection;
import io.acrcredential.operator.leader.OwnershipLease;
import io.acrcredential.operator.pod.CoveredImages;
import io.acrcredential.operator.pod.PendingPods;
import io.acrcredential.operator.pod.PodAccess;
import io.acrcredential.operator.pod.PodEvents;
import io.acrcredential.operator.pod.PodEvictor;
import io.acrcredential.operator.pod.PodHealer;
import io.acrcredential.operator.pod.PodWatch;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.queue.WorkerPool;
import io.acrcredential.operator.serviceaccount.AdmissionProbe;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.acrcredential.operator.startup.RegionDetection;
import io.acrcredential.operator.statuspage.ClusterState;
import io.acrcredential.operator.statuspage.StatusPage;
import io.acrcredential.operator.sync.BindingEnqueuer;
import io.acrcredential.operator.sync.BindingLag;
import io.acrcredential.operator.sync.ClusterInformers;
import io.acrcredential.operator.sync.CopiedSecretReporter;
import io.acrcredential.operator.sync.DriftBackoff;
import io.acrcredential.operator.sync.HandOverTracker;
import io.acrcredential.operator.sync.InitialSync;
import io.acrcredential.operator.sync.NamespaceEnqueuer;
import io.acrcredential.operator.sync.NamespaceEventHandler;
import io.acrcredential.operator.sync.PolicyDeletionTracker;
import io.acrcredential.operator.sync.PolicyEventHandler;
import io.acrcredential.operator.sync.PolicyStatusEventSource;
import io.acrcredential.operator.sync.PullSecretEventHandler;
import io.acrcredential.operator.sync.PullSecretPlanner;
import io.acrcredential.operator.sync.PullSecretReconciler;
import io.acrcredential.operator.sync.ServiceAccountEventHandler;
import io.acrcredential.operator.sync.ServiceAccountReconciler;
import io.acrcredential.operator.sync.TokenEventHandler;
import io.acrcredential.operator.sync.WorkFailureReporter;
import io.acrcredential.operator.token.Backoff;
import io.acrcredential.operator.token.KeyedRateLimiter;
import io.acrcredential.operator.token.RegistryState;
import io.acrcredential.operator.token.TokenFetcher;
import io.acrcredential.operator.token.TokenService;
import io.acrcredential.operator.tokenstate.TokenStateStore;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * Composes the operator from its parts, once, in the order of the data path: events of the cluster
 * and of tokens become work items, workers reconcile them. {@link Lifecycle} starts and stops the
 * parts.
 */
@Singleton
final class OperatorComponents {

  final ScheduledExecutorService timer;

  /** The namespace of the Lease, the token state and the Secrets that policies name. */
  final String namespace;

  // leadership
  final LeaderElection leaderElection;
  final OwnershipLease ownershipLease;
  final OwnershipRefusalEvents refusalEvents;
  final ConfinementCheck confinement;
  final WorkFence fence;

  // state
  final ClusterCache cache;
  final PolicyIndex policyIndex = new PolicyIndex();
  final BindingCounts bindingCounts;
  final TokenStateStore tokenStates;
  final TokenService tokens;

  // events
  final InformerRegistry informerRegistry = new InformerRegistry();
  final ClusterInformers clusterInformers;
  final InitialSync initialSync;
  final PolicyStatusEventSource policyStatusEvents;

  // reconciliation
  final PolicyApplier policies;
  final PolicyStatusService policyStatuses;
  final ConfigMapReconciler configMap;
  final CredentialHelperDetector credentialHelper;
  final WorkerPool workers;
  final AdmissionState admission;
  final AdmissionCheck admissionCheck;
  final AdmissionWebhook webhook;
  final PodWatch podWatch;
  final StatusPage statusPage;

  OperatorComponents(
      KubernetesClient client,
      RetryAfterInterceptor retryAfter,
      Settings settings,
      AlibabaCloudClients alibabaCloud,
      ClusterRegion clusterRegion,
      MeterRegistry meters,
      WebhookOptions webhookOptions,
      Vertx vertx) {
    namespace = RuntimeIdentity.credentialsNamespace(settings);
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    Clock clock = Clock.systemUTC();
    // The namespaceSelector of the webhook's configuration excludes them.
    admission =
        new AdmissionState(
            webhookOptions.isEnabled()
                ? new HashSet<>(List.of("kube-system", RuntimeIdentity.namespace()))
                : Set.of());
    timer = Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("timer"));
    WorkQueue<WorkItem> queue =
        new WorkQueue<>(System::nanoTime, n -> Backoff.after(n, random), WorkItem::namespace);
    retryAfter.onRetryAfter(queue::pause);

    // leadership
    String replica = RuntimeIdentity.identity();
    confinement = new ConfinementCheck(client, namespace);
    leaderElection =
        new LeaderElection(
            HttpLeaseApi.connect(client, namespace, LeaderElection.NAME),
            namespace,
            replica,
            clock,
            System::nanoTime,
            meters);
    ownershipLease =
        new OwnershipLease(
            client,
            settings.pullSecretName(),
            namespace,
            clock,
            System::nanoTime,
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("ownership")));
    fence = new WorkFence(leaderElection, ownershipLease);
    // Not fenced by the ownership Lease, because Events report that another installation holds it.
    EventRecorder events =
        new EventRecorder(
            client,
            leaderElection,
            clock,
            note -> queue.add(new WorkItem.PublishEvent(note), Priority.BULK));
    refusalEvents = new OwnershipRefusalEvents(client, namespace, events);

    // state
    cache = new ClusterCache(settings.pullSecretName());
    bindingCounts = new BindingCounts(cache, policyIndex);
    PullSecretContentCache contents = new PullSecretContentCache(this::tokenState, clock);
    PullSecretPlanner planner = new PullSecretPlanner(contents, clock);
    tokenStates = new TokenStateStore(client, namespace, fence, clock);
    WorkFailures failures = new WorkFailures();
    BindingLag bindingLag = new BindingLag(meters);
    policyStatusEvents = new PolicyStatusEventSource(timer);
    PolicyDeletionTracker deletions = new PolicyDeletionTracker(policyStatusEvents::reconcileNow);
    HandOverTracker handOvers = new HandOverTracker(policyIndex);

    // events → work items
    NamespaceEnqueuer namespaces =
        new NamespaceEnqueuer(policyIndex, bindingCounts, queue, policyStatusEvents);
    BindingEnqueuer bindings = new BindingEnqueuer(cache, policyIndex, queue, bindingLag);
    DriftBackoff driftBackoff = new DriftBackoff(System::nanoTime);
    NamespaceEventHandler namespaceEvents =
        new NamespaceEventHandler(
            Settings.excludedNamespaces(settings)::contains,
            cache,
            policyIndex,
            namespaces,
            bindings,
            deletions,
            handOvers);
    CopiedSecretReporter copies = new CopiedSecretReporter(cache, policyIndex, events);
    clusterInformers =
        new ClusterInformers(
            client,
            informerRegistry,
            cache,
            namespaceEvents,
            new PullSecretEventHandler(
                cache, policyIndex, planner, driftBackoff, namespaces, bindings, copies),
            new ServiceAccountEventHandler(
                cache, policyIndex, driftBackoff, namespaces, bindings, admission));
    initialSync = new InitialSync(cache, namespaceEvents, namespaces, bindings, handOvers, copies);
    PolicyEventHandler policyEvents =
        new PolicyEventHandler(
            policyIndex, contents, namespaces, bindings, queue, deletions, handOvers);
    TokenEventHandler tokenEvents =
        new TokenEventHandler(policyIndex, contents, queue, namespaces, meters);

    // tokens
    CredentialSecretCache credentialSecrets = new CredentialSecretCache();
    CredentialsResolver credentials =
        new CredentialsResolver(
            credentialSecrets,
            namespace,
            RegionDetection::environment,
            Path.of(settings.tokenFile()),
            alibabaCloud.sts,
            alibabaCloud.metadata);
    KeyedRateLimiter rateLimiter =
        new KeyedRateLimiter(settings.requestsPerSecond(), System::nanoTime);
    tokens =
        new TokenService(
            new TokenFetcher(alibabaCloud.acr, credentials, rateLimiter, clock, random),
            clock,
            System::nanoTime,
            random,
            timer,
            tokenEvents);
    CredentialSecretInformers credentialSecretInformers =
        new CredentialSecretInformers(
            client,
            informerRegistry,
            credentialSecrets,
            changed ->
                tokens.onKeysChanged(
                    identity -> credentials.secretsOf(identity).contains(changed)));

    admissionCheck =
        new AdmissionCheck(
            client,
            cache,
            policyIndex,
            new AdmissionProbe(client, settings.pullSecretName()),
            admission,
            queue,
            webhookOptions.isEnabled(),
            this::reconcileStatuses);

    // pods that were created too early
    PodAccess podAccess =
        new PodAccess(settings.stuckPods(), settings.injectPods(), this::reconcileStatuses);
    PendingPods pods = new PendingPods();
    PodHealer podHealer =
        new PodHealer(
            pods,
            cache,
            policyIndex,
            new CoveredImages(policyIndex, tokens::state, podAccess, clock),
            new PodEvictor(client, fence, podAccess),
            new PodEvents(events, clock),
            queue,
            System::nanoTime);
    podWatch =
        new PodWatch(
            client, informerRegistry, pods, cache, policyIndex, podAccess, podHealer, queue);

    webhook =
        new AdmissionWebhook(
            client,
            vertx,
            webhookOptions,
            new CachedNamespaceLabels(cache, client, vertx),
            fence,
            queue,
            meters,
            clock);

    // policies
    credentialHelper = new CredentialHelperDetector(client);
    configMap =
        new ConfigMapReconciler(
            new ConfigMapInformer(client, settings.configMap()),
            new ConfigMapPolicy(client, fence),
            new ConfigMapKeySecret(client, namespace, fence),
            credentialHelper,
            events,
            queue::add);
    policies =
        new PolicyApplier(
            new PolicyCompiler(clusterRegion::get),
            credentialHelper,
            policyIndex,
            policyEvents,
            tokenEvents,
            new PolicyTokens(
                policyIndex, credentials, credentialSecretInformers, tokens, tokenStates),
            () -> {
              configMap.enqueue();
              admissionCheck.request();
              podWatch.onPoliciesChanged();
            });
    policyStatuses =
        new PolicyStatusService(
            new StatusInputsCollector(
                policyIndex,
                tokens,
                credentials,
                new NamespaceCoverage(cache, policyIndex, contents, planner),
                bindingCounts,
                failures,
                credentialHelper,
                admission,
                podAccess),
            events,
            policyStatusEvents,
            deletions,
            failures,
            clock);

    statusPage =
        new StatusPage(
            client,
            vertx,
            settings.statusPage().port(),
            replica,
            fence,
            this::obstacles,
            new ClusterState(cache, policyIndex, bindingCounts, failures),
            clock);

    // work items → writes
    workers =
        new WorkerPool(
            queue,
            new WorkDispatcher(
                new PullSecretReconciler(
                    cache,
                    policyIndex,
                    planner,
                    new PullSecretWriter(client, settings.pullSecretName(), fence, clock),
                    namespaces,
                    bindings,
                    deletions,
                    handOvers),
                new ServiceAccountReconciler(
                    cache,
                    policyIndex,
                    new ServiceAccountWriter(client, settings.pullSecretName(), fence, admission),
                    namespaces,
                    deletions,
                    handOvers,
                    bindingLag),
                tokenStates,
                tokens,
                configMap,
                events,
                admissionCheck,
                webhook,
                podWatch),
            new WorkFailureReporter(failures, namespaces, deletions));
  }

  /** Reconciles the status of every policy. */
  void reconcileStatuses() {
    policyIndex.plans().forEach(plan -> policyStatusEvents.reconcileNow(plan.name()));
  }

  /** Why this process does not work, or does not see everything; usually none. */
  private List<String> obstacles() {
    List<String> obstacles = new ArrayList<>();
    ownershipLease.obstacle().ifPresent(obstacles::add);
    leaderElection.failure().ifPresent(obstacles::add);
    leaderElection.standbyReason().ifPresent(obstacles::add);
    informerRegistry
        .unavailable()
        .forEach(what -> obstacles.add("Cannot be watched at the moment: " + what));
    return obstacles;
  }

  /**
   * Breaks a cycle: contents are computed from token states, and token events clear the contents.
   */
  private RegistryState tokenState(RegistryRef ref) {
    return tokens.state(ref);
  }
}
