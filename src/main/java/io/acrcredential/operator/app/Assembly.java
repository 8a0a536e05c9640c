package io.acrcredential.operator.app;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.StartException;
import io.acrcredential.operator.alibabacloud.AcrClient;
import io.acrcredential.operator.alibabacloud.ClusterRegion;
import io.acrcredential.operator.alibabacloud.Metadata;
import io.acrcredential.operator.alibabacloud.ServiceClock;
import io.acrcredential.operator.alibabacloud.Sts;
import io.acrcredential.operator.configmap.ConfigMapSync;
import io.acrcredential.operator.configmap.ConfigMapWatch;
import io.acrcredential.operator.configmap.ManagedPolicy;
import io.acrcredential.operator.configmap.Original;
import io.acrcredential.operator.configmap.PlainTextKeys;
import io.acrcredential.operator.controller.KeySecretWatches;
import io.acrcredential.operator.controller.Policies;
import io.acrcredential.operator.controller.StatusFactory;
import io.acrcredential.operator.credentials.AccessKeys;
import io.acrcredential.operator.credentials.KeySecrets;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.kubernetes.RetryAfter;
import io.acrcredential.operator.kubernetes.Watches;
import io.acrcredential.operator.kubernetes.Where;
import io.acrcredential.operator.kubernetes.WriteGate;
import io.acrcredential.operator.leader.Leadership;
import io.acrcredential.operator.leader.OwnershipLease;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.queue.Troubles;
import io.acrcredential.operator.queue.Troubles.Trouble;
import io.acrcredential.operator.queue.Work;
import io.acrcredential.operator.queue.WorkQueue;
import io.acrcredential.operator.queue.Workers;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.acrcredential.operator.sync.ClusterView;
import io.acrcredential.operator.sync.ClusterWork;
import io.acrcredential.operator.sync.Contents;
import io.acrcredential.operator.sync.Coverage;
import io.acrcredential.operator.sync.Engine;
import io.acrcredential.operator.sync.Fights;
import io.acrcredential.operator.sync.PolicySignals;
import io.acrcredential.operator.sync.StateStore;
import io.acrcredential.operator.sync.Tally;
import io.acrcredential.operator.sync.TokenEvents;
import io.acrcredential.operator.token.Backoff;
import io.acrcredential.operator.token.RateCeiling;
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
public final class Assembly {

  private static final Logger LOG = Logger.getLogger(Assembly.class);

  final ScheduledExecutorService timer;

  /** Of the Lease, the state, and the Secrets that policies name. */
  final String namespace;

  public final Leadership leadership;
  final OwnershipLease ownership;
  final Watches watches = new Watches();
  final ClusterView view;
  final Coverage coverage = new Coverage();
  final Tally tally;
  final StateStore state;
  final TokenService tokens;
  final WorkQueue<Work> queue;
  final Workers workers;
  final Engine engine;
  public final Policies policies;
  final ConfigMapSync configMap;
  final Original original;
  private final RegionDetection region;
  private final ClusterRegion clusterRegion;
  private final ClusterWork cluster;
  final EventRecorder events;
  private final Troubles troubles = new Troubles();
  private volatile Runnable onLead = () -> {};
  private volatile Runnable onLost = () -> {};

  Assembly(
      KubernetesClient client,
      RetryAfter retryAfter,
      Settings settings,
      AcrClient acr,
      Sts sts,
      Metadata metadata,
      ClusterRegion clusterRegion,
      MeterRegistry meters,
      ServiceClock clock) {
    check(settings);
    namespace = Where.credentialsNamespace(settings);
    Set<String> excluded = settings.excludedNamespaces().orElse(Set.of());
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    timer = Executors.newSingleThreadScheduledExecutor(daemon("timer"));
    queue = new WorkQueue<>(System::nanoTime, n -> Backoff.after(n, random));
    retryAfter.onAsked(queue::pause);
    // What fails comes back to the queue, which knows what is urgent and when the lease ends.
    KubernetesClient writing = RetryAfter.withoutRetries(client);
    leadership =
        new Leadership(
            client,
            namespace,
            Where.identity(),
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
    WriteGate gate =
        (kind, verb) -> {
          ownership.permit();
          leadership.permit(kind, verb);
        };
    // Not by that gate: an Event tells that another installation owns the pull Secrets.
    events = new EventRecorder(writing, leadership, clock, queue::add);

    view = new ClusterView(settings.pullSecretName());
    tally = new Tally(view, coverage);
    PolicySignals signals = new PolicySignals(timer);
    Contents contents = new Contents(this::registryState, clock);
    Fights fights = new Fights(System::nanoTime);
    engine =
        new Engine(
            view, coverage, contents, tally, queue, fights, excluded::contains, signals, clock);

    KeySecrets keySecrets = new KeySecrets();
    AccessKeys keys =
        new AccessKeys(
            keySecrets,
            namespace,
            Assembly::environment,
            Path.of(settings.tokenFile()),
            sts,
            metadata);
    region = new RegionDetection(settings.region(), Assembly::environment, metadata, client);
    this.clusterRegion = clusterRegion;
    RateCeiling ceiling = new RateCeiling(settings.requestsPerSecond(), System::nanoTime);
    tokens =
        new TokenService(
            new TokenFetcher(acr, keys, ceiling, clock, random),
            clock,
            System::nanoTime,
            random,
            timer,
            new TokenEvents(engine, coverage, meters));
    KeySecretWatches keyWatches =
        new KeySecretWatches(
            client,
            watches,
            keySecrets,
            changed -> tokens.keysChanged(identity -> keys.secretsOf(identity).contains(changed)));
    state = new StateStore(client, writing, namespace, gate, clock);
    original = new Original(client);
    configMap =
        new ConfigMapSync(
            new ConfigMapWatch(client, settings.configMap()),
            new ManagedPolicy(writing, gate),
            new PlainTextKeys(writing, namespace, gate),
            original,
            events,
            queue::add);
    policies =
        new Policies(
            new PolicyCompiler(clusterRegion::get),
            original,
            coverage,
            engine,
            tokens,
            state,
            keys,
            keyWatches,
            contents,
            tally,
            troubles,
            signals,
            new StatusFactory(clock),
            events,
            configMap::look,
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
    workers = new Workers(queue, this::work, this::trouble);
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
        .filter(region -> !PolicyCompiler.isRegion(region))
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

  private void work(Work work) {
    if (work instanceof Work.Bind bind) {
      cluster.bind(bind);
    } else if (work instanceof Work.PullSecret secret) {
      if (cluster.pullSecret(secret.namespace())) {
        engine.done(work);
      }
    } else if (work instanceof Work.Unbind unbind) {
      cluster.unbind(unbind);
      engine.done(work);
    } else if (work instanceof Work.SaveState) {
      state.write(tokens.snapshot());
    } else if (work instanceof Work.CompileConfigMap) {
      configMap.compile();
    } else if (work instanceof Work.PublishEvent event) {
      events.publish(event.note());
    }
  }

  private void trouble(Work work, Trouble trouble) {
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
