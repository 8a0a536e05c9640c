package io.acrcredential.operator.app;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.StartException;
import io.acrcredential.operator.alibabacloud.AcrClient;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.alibabacloud.EcsMetadata;
import io.acrcredential.operator.alibabacloud.SkewCorrectedClock;
import io.acrcredential.operator.alibabacloud.StsOperations;
import io.acrcredential.operator.configmap.ConfigMapInformer;
import io.acrcredential.operator.configmap.ConfigMapKeySecret;
import io.acrcredential.operator.configmap.ConfigMapReconciler;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.configmap.ConfigMapPolicy;
import io.acrcredential.operator.controller.CredentialSecretInformers;
import io.acrcredential.operator.controller.PolicyApplier;
import io.acrcredential.operator.controller.PolicyStatusService;
import io.acrcredential.operator.controller.PolicyTokens;
import io.acrcredential.operator.controller.StatusInputsCollector;
import io.acrcredential.operator.credentials.CredentialSecretCache;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.InformerRegistry;
import io.acrcredential.operator.kubernetes.RetryAfterInterceptor;
import io.acrcredential.operator.kubernetes.RuntimeIdentity;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.leader.LeaderElection;
import io.acrcredential.operator.leader.OwnershipLease;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.policy.ValueFormat;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.queue.WorkItem;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.WorkQueue.Priority;
import io.acrcredential.operator.queue.WorkerPool;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.acrcredential.operator.sync.BindingCounts;
import io.acrcredential.operator.sync.ClusterCache;
import io.acrcredential.operator.sync.ClusterWork;
import io.acrcredential.operator.sync.DriftBackoff;
import io.acrcredential.operator.sync.EventRouter;
import io.acrcredential.operator.sync.PolicyIndex;
import io.acrcredential.operator.sync.PolicyStatusEventSource;
import io.acrcredential.operator.sync.PullSecretContentCache;
import io.acrcredential.operator.sync.TokenEventHandler;
import io.acrcredential.operator.sync.TokenStateStore;
import io.acrcredential.operator.token.Backoff;
import io.acrcredential.operator.token.KeyedRateLimiter;
import io.acrcredential.operator.token.RegistryState;
import io.acrcredential.operator.token.TokenFetcher;
import io.acrcredential.operator.token.TokenService;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/**
 * Puts the parts together, once, in the order of the data path; {@link Lifecycle} sets them going.
 * Plain Java on purpose: who reads it sees the whole machine on one page.
 */
@Singleton
public final class OperatorComponents {

  private static final Logger LOG = Logger.getLogger(OperatorComponents.class);

  final ScheduledExecutorService timer;

  /** Of the Lease, the state, and the Secrets that policies name. */
  final String namespace;

  final LeaderElection leadership;
  final OwnershipLease ownership;
  final InformerRegistry watches = new InformerRegistry();
  final ClusterCache view;
  final PolicyIndex coverage = new PolicyIndex();
  final BindingCounts tally;
  final TokenStateStore state;
  final TokenService tokens;
  final WorkQueue<WorkItem> queue;
  final WorkerPool workers;
  final EventRouter engine;
  final PolicyApplier policies;
  final PolicyStatusService policyStatuses;
  final PolicyStatusEventSource policyStatusEvents;
  final ConfigMapReconciler configMap;
  final CredentialHelperDetector original;
  private final RegionDetection region;
  private final ClusterRegion clusterRegion;
  private final ClusterWork cluster;
  final EventRecorder events;
  private final WorkFailures troubles = new WorkFailures();
  private volatile Runnable onLead = () -> {};
  private volatile Runnable onLost = () -> {};

  OperatorComponents(
      KubernetesClient client,
      RetryAfterInterceptor retryAfter,
      Settings settings,
      AcrClient acr,
      StsOperations sts,
      EcsMetadata metadata,
      ClusterRegion clusterRegion,
      MeterRegistry meters,
      SkewCorrectedClock clock) {
    check(settings);
    namespace = RuntimeIdentity.credentialsNamespace(settings);
    Set<String> excluded = settings.excludedNamespaces().orElse(Set.of());
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    timer = Executors.newSingleThreadScheduledExecutor(daemon("timer"));
    queue = new WorkQueue<>(System::nanoTime, n -> Backoff.after(n, random));
    retryAfter.onAsked(queue::pause);
    // What fails comes back to the queue, which knows what is urgent and when the lease ends.
    KubernetesClient writing = RetryAfterInterceptor.withoutRetries(client);
    leadership =
        new LeaderElection(
            client,
            namespace,
            RuntimeIdentity.identity(),
            System::nanoTime,
            meters,
            Executors.newCachedThreadPool(daemon("leadership")),
            () -> onLead.run(),
            () -> onLost.run());
    ownership =
        new OwnershipLease(
            client,
            settings.pullSecretName(),
            namespace,
            Clock.systemUTC(),
            System::nanoTime,
            Executors.newSingleThreadScheduledExecutor(daemon("ownership")));
    WriteFence gate =
        (kind, verb) -> {
          ownership.permit();
          leadership.permit(kind, verb);
        };
    // Not by that gate: an Event tells that another installation owns the pull Secrets.
    events =
        new EventRecorder(
            writing,
            leadership,
            clock,
            note -> queue.add(new WorkItem.PublishEvent(note), Priority.BULK));

    view = new ClusterCache(settings.pullSecretName());
    tally = new BindingCounts(view, coverage);
    policyStatusEvents = new PolicyStatusEventSource(timer);
    PullSecretContentCache contents = new PullSecretContentCache(this::registryState, clock);
    DriftBackoff fights = new DriftBackoff(System::nanoTime);
    engine =
        new EventRouter(
            view,
            coverage,
            contents,
            tally,
            queue,
            fights,
            excluded::contains,
            policyStatusEvents,
            clock);

    CredentialSecretCache keySecrets = new CredentialSecretCache();
    CredentialsResolver keys =
        new CredentialsResolver(
            keySecrets,
            namespace,
            OperatorComponents::environment,
            Path.of(settings.tokenFile()),
            sts,
            metadata);
    region =
        new RegionDetection(settings.region(), OperatorComponents::environment, metadata, client);
    this.clusterRegion = clusterRegion;
    KeyedRateLimiter ceiling = new KeyedRateLimiter(settings.requestsPerSecond(), System::nanoTime);
    tokens =
        new TokenService(
            new TokenFetcher(acr, keys, ceiling, clock, random),
            clock,
            System::nanoTime,
            random,
            timer,
            new TokenEventHandler(engine, coverage, meters));
    CredentialSecretInformers keyWatches =
        new CredentialSecretInformers(
            client,
            watches,
            keySecrets,
            changed -> tokens.keysChanged(identity -> keys.secretsOf(identity).contains(changed)));
    state = new TokenStateStore(client, writing, namespace, gate, clock);
    original = new CredentialHelperDetector(client);
    configMap =
        new ConfigMapReconciler(
            new ConfigMapInformer(client, settings.configMap()),
            new ConfigMapPolicy(writing, gate),
            new ConfigMapKeySecret(writing, namespace, gate),
            original,
            events,
            queue::add);
    policies =
        new PolicyApplier(
            new PolicyCompiler(clusterRegion::get),
            original,
            coverage,
            engine,
            new PolicyTokens(coverage, keys, keyWatches, tokens, state),
            configMap::enqueue);
    policyStatuses =
        new PolicyStatusService(
            new StatusInputsCollector(coverage, tokens, keys, contents, tally, troubles, original),
            events,
            policyStatusEvents,
            clock);
    cluster =
        new ClusterWork(
            view,
            coverage,
            contents,
            engine,
            queue,
            new PullSecretWriter(writing, settings.pullSecretName(), gate, clock),
            new ServiceAccountWriter(writing, settings.pullSecretName(), gate),
            clock,
            meters);
    workers = new WorkerPool(queue, this::work, this::trouble);
  }

  /** Begins to find out where the cluster is: where nobody says, that takes its time. */
  void beginToDetectRegion() {
    region.begin(daemon("region"));
  }

  /** Knows where the cluster is, before the first policy is read. */
  void detectRegion() throws InterruptedException {
    clusterRegion.set(region.found());
  }

  private static Optional<String> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }

  private static void check(Settings settings) {
    settings
        .region()
        .filter(region -> !ValueFormat.REGION.matches(region))
        .ifPresent(
            region -> {
              throw new StartException(
                  "ACR_REGION is \"" + region + "\": write a region id such as cn-hangzhou");
            });
    if (!(settings.requestsPerSecond() > 0)) {
      throw new StartException(
          "ACR_REQUESTS_PER_SECOND is "
              + settings.requestsPerSecond()
              + ": write a number above 0");
    }
  }

  /** What follows from leading, and from leading no more. */
  void onLeadership(Runnable lead, Runnable lost) {
    onLead = lead;
    onLost = lost;
  }

  /** The tokens are made before the contents that are made of them, and the other way round. */
  private RegistryState registryState(RegistryRef ref) {
    return tokens.state(ref);
  }

  private void work(WorkItem work) {
    if (work instanceof WorkItem.Bind bind) {
      cluster.bind(bind);
    } else if (work instanceof WorkItem.PullSecret secret) {
      if (cluster.pullSecret(secret.namespace())) {
        engine.done(work);
      }
    } else if (work instanceof WorkItem.Unbind unbind) {
      cluster.unbind(unbind);
      engine.done(work);
    } else if (work instanceof WorkItem.SaveState) {
      state.write(tokens.snapshot());
    } else if (work instanceof WorkItem.CompileConfigMap) {
      configMap.reconcile();
    } else if (work instanceof WorkItem.PublishEvent event) {
      events.publish(event.note());
    }
  }

  private void trouble(WorkItem work, WorkFailure trouble) {
    boolean news = trouble == null ? troubles.clear(work) : troubles.put(work, trouble);
    if (!news) {
      return;
    }
    if (trouble != null) {
      LOG.warnf("%s: %s", work, trouble.message());
    }
    coverage.policies(work.namespace()).forEach(plan -> engine.changed(plan.name()));
  }

  private static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }
}
