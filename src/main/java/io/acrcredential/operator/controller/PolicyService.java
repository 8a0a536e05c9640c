package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.configmap.ManagedPolicy;
import io.acrcredential.operator.controller.StatusFactory.StatusInputs;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.sync.BindingCounts;
import io.acrcredential.operator.sync.EventRouter;
import io.acrcredential.operator.sync.PolicyIndex;
import io.acrcredential.operator.sync.PolicyStatusEventSource;
import io.acrcredential.operator.sync.PullSecretContentCache;
import io.acrcredential.operator.sync.TokenStateStore;
import io.acrcredential.operator.token.TokenService;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The policies as the reconciler sees them: what a changed one sets in motion, and what is known of
 * one for its status.
 */
public final class PolicyService {

  private final PolicyCompiler compiler;
  private final CredentialHelperDetector original;
  private final PolicyIndex coverage;
  private final EventRouter engine;
  private final TokenService tokens;
  private final TokenStateStore state;
  private final CredentialsResolver keys;
  private final CredentialSecretInformers keySecrets;
  private final PullSecretContentCache contents;
  private final BindingCounts tally;
  private final WorkFailures troubles;
  private final PolicyStatusEventSource signals;
  private final StatusFactory statuses;
  private final EventRecorder events;
  private final Runnable onChange;
  private final Clock clock;
  private final Map<String, Instant> unboundSince = new ConcurrentHashMap<>();

  /**
   * @param onChange run when any policy is new, changed or gone
   */
  public PolicyService(
      PolicyCompiler compiler,
      CredentialHelperDetector original,
      PolicyIndex coverage,
      EventRouter engine,
      TokenService tokens,
      TokenStateStore state,
      CredentialsResolver keys,
      CredentialSecretInformers keySecrets,
      PullSecretContentCache contents,
      BindingCounts tally,
      WorkFailures troubles,
      PolicyStatusEventSource signals,
      StatusFactory statuses,
      EventRecorder events,
      Runnable onChange,
      Clock clock) {
    this.compiler = compiler;
    this.original = original;
    this.coverage = coverage;
    this.engine = engine;
    this.tokens = tokens;
    this.state = state;
    this.keys = keys;
    this.keySecrets = keySecrets;
    this.contents = contents;
    this.tally = tally;
    this.troubles = troubles;
    this.signals = signals;
    this.statuses = statuses;
    this.events = events;
    this.onChange = onChange;
    this.clock = clock;
    signals.onGone(this::vanished);
  }

  PolicyStatusEventSource signals() {
    return signals;
  }

  /** All policies at start: half a picture would take away what the other half wants. */
  public void start(Collection<AcrCredentialPolicy> policies) throws InterruptedException {
    for (AcrCredentialPolicy policy : policies) {
      PolicyPlan plan = plan(policy);
      boolean leaving = policy.getMetadata().getDeletionTimestamp() != null;
      // One that is being deleted is needed all the same: to know what is to be taken away.
      engine.policy(leaving ? plan.suspend() : plan);
    }
    wantTokens();
  }

  /** The policy as it is now: sets in motion what has changed. */
  void seen(AcrCredentialPolicy policy) {
    PolicyPlan before = coverage.plan(policy.getMetadata().getName());
    PolicyPlan plan = plan(policy).keepTargetsIfFrozen(before);
    if (plan.equals(before)) {
      return;
    }
    engine.policy(plan);
    wantTokensInterruptibly();
    Set<RegistryRef> refs = refs(plan);
    Set<RegistryRef> restored = new HashSet<>(refs);
    restored.removeAll(before == null ? Set.of() : refs(before));
    restored.removeIf(ref -> tokens.state(ref).token() == null);
    if (!restored.isEmpty()) {
      // An earlier process left them, so no fetch will tell that they are there.
      engine.tokens(restored);
    }
    if (before != null && !before.refreshRequest().equals(plan.refreshRequest())) {
      tokens.refresh(refs);
    } else if (before != null) {
      tokens.relist(refs);
    }
    onChange.run();
  }

  private static Set<RegistryRef> refs(PolicyPlan plan) {
    return plan.acceptedRegistries().stream()
        .map(ResolvedRegistry::ref)
        .collect(Collectors.toSet());
  }

  private PolicyPlan plan(AcrCredentialPolicy policy) {
    PolicyPlan plan = compiler.compile(policy);
    return original.holds(policy).isPresent() ? plan.suspend() : plan;
  }

  /** The original has been started or stopped: the policy that stands aside for it is looked at. */
  public void originalChanged() {
    signals.now(ManagedPolicy.NAME);
  }

  /** The policy is being deleted; answers whether all it put into the cluster is gone. */
  boolean gone(AcrCredentialPolicy policy) {
    String name = policy.getMetadata().getName();
    // What lies in the cluster is the original's to renew then; removing it would end its pulls.
    boolean handOver = original.holds(policy).isPresent();
    boolean gone = engine.policyGone(name, handOver);
    wantTokensInterruptibly();
    if (gone) {
      unboundSince.remove(name);
    }
    return gone;
  }

  /** The policy is there no more; its finalizer may have been taken off by hand. */
  private void vanished(AcrCredentialPolicy policy) {
    if (coverage.plan(policy.getMetadata().getName()) != null) {
      gone(policy);
    }
    onChange.run();
  }

  private void wantTokensInterruptibly() {
    try {
      wantTokens();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One at a time: who looked first must not tell last. */
  private synchronized void wantTokens() throws InterruptedException {
    Set<Name> secrets = new HashSet<>(keys.secretsOf(Identity.OWN));
    coverage.identities().forEach(identity -> secrets.addAll(keys.secretsOf(identity)));
    keySecrets.watch(secrets);
    tokens.want(coverage.demands(), state::restored);
  }

  /** The status the policy should have now; tells people what is new in it. */
  AcrCredentialPolicyStatus status(AcrCredentialPolicy policy) {
    String name = policy.getMetadata().getName();
    PolicyPlan plan = coverage.plan(name);
    BindingCounts.Count accounts = tally.of(name);
    Optional<WorkFailure> trouble = troubles.worst(namespace -> coverage.covers(name, namespace));
    Instant unbound = unboundSince(name, accounts.missing() > 0 || trouble.isPresent());
    AcrCredentialPolicyStatus status =
        statuses.status(
            policy.getStatus(),
            new StatusInputs(
                plan,
                tokens::state,
                keys::describe,
                coverage.count(name),
                accounts,
                unbound,
                trouble,
                DomainConflicts.of(plan, coverage, tokens::state),
                ManagedPolicy.leftOut(policy),
                ManagedPolicy.unreadable(policy),
                original.holds(policy),
                tooLarge(plan),
                missing(plan)));
    tell(policy, status);
    return status;
  }

  private Instant unboundSince(String policy, boolean unbound) {
    if (!unbound) {
      unboundSince.remove(policy);
      return null;
    }
    return unboundSince.computeIfAbsent(
        policy,
        p -> {
          signals.later(p, StatusFactory.BINDING_PATIENCE.toMillis() + 100);
          return clock.instant();
        });
  }

  private boolean tooLarge(PolicyPlan plan) {
    return coverage.combinations(plan.name()).stream()
        .anyMatch(policies -> contents.of(policies).leftOut().contains(plan.name()));
  }

  private List<String> missing(PolicyPlan plan) {
    Set<String> named = plan.namespaces().names();
    return named == null
        ? List.of()
        : named.stream()
            .filter(namespace -> !plan.namespaces().exclude().contains(namespace))
            .filter(namespace -> !coverage.knows(namespace))
            .sorted()
            .toList();
  }

  private void tell(AcrCredentialPolicy policy, AcrCredentialPolicyStatus status) {
    ObjectReference about = reference(policy);
    original
        .holds(policy)
        .ifPresent(why -> events.warning(about, Reason.CredentialHelperRunning.name(), why));
    boolean suspended = coverage.plan(policy.getMetadata().getName()).suspended();
    status.conditions().stream()
        .filter(condition -> !condition.getType().equals("Ready"))
        .filter(condition -> condition.getStatus().equals("False"))
        .filter(condition -> !condition.getReason().equals("NoneFresh") || anyError(status))
        .filter(condition -> !suspended)
        .forEach(c -> events.warning(about, c.getReason(), c.getMessage()));
    boolean wasReady = isReady(policy.getStatus());
    if (isReady(status) && !wasReady) {
      events.normal(about, "Ready", status.conditions().get(0).getMessage());
    }
  }

  private static boolean anyError(AcrCredentialPolicyStatus status) {
    return status.registries().stream().anyMatch(r -> r.state() == State.Failed);
  }

  private static boolean isReady(AcrCredentialPolicyStatus status) {
    return status != null
        && status.conditions() != null
        && status.conditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  static ObjectReference reference(AcrCredentialPolicy policy) {
    return new ObjectReferenceBuilder()
        .withApiVersion(policy.getApiVersion())
        .withKind(policy.getKind())
        .withName(policy.getMetadata().getName())
        .withUid(policy.getMetadata().getUid())
        .build();
  }
}
