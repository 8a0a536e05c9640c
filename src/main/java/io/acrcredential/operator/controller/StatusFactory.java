package io.acrcredential.operator.controller;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryError;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.RegistryStatus;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus.State;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.FieldError;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.sync.BindingCounts;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A policy's status from what is known of it: a pure function. A condition keeps its transition
 * time while its status stays; times are told to the second, so that an unchanged status is equal.
 */
public final class StatusFactory {

  /** A new ServiceAccount is no trouble; one that stays unbound for so long is. */
  static final Duration BINDING_PATIENCE = Duration.ofSeconds(30);

  /** So many of the same kind are told; who mends those sees the next. */
  private static final int SHOWN = 3;

  /** The CRD takes no longer one, and a refused status would stay the old one for ever. */
  private static final int MAX_MESSAGE = 32_768;

  private static final String TRUE = "True";
  private static final String FALSE = "False";
  private static final String UNKNOWN = "Unknown";

  private final Clock clock;

  public StatusFactory(Clock clock) {
    this.clock = clock;
  }

  /**
   * All that a status is made of.
   *
   * @param conflicts keys that an older policy or an earlier item has already, told for people
   * @param leftOut what was not taken over when the policy was compiled from elsewhere; empty = all
   *     was
   * @param unreadable why the spec is that of an earlier ConfigMap; empty = it is not
   * @param original why it stands aside for the original component; empty = it does not
   * @param tooLarge whether its entries were left out of a pull Secret for its size
   * @param missingNamespaces namespaces that the policy names and that do not exist
   * @param unboundSince since when ServiceAccounts wait for their binding; null = none does
   */
  record StatusInputs(
      PolicyPlan plan,
      Function<RegistryRef, RegistryState> states,
      Function<Identity, String> identities,
      int namespaces,
      BindingCounts.Count accounts,
      Instant unboundSince,
      Optional<WorkFailure> trouble,
      List<String> conflicts,
      String leftOut,
      String unreadable,
      Optional<String> original,
      boolean tooLarge,
      List<String> missingNamespaces) {}

  private record ConditionResult(String status, Reason reason, String message) {
    boolean isFalse() {
      return status.equals(FALSE);
    }
  }

  AcrCredentialPolicyStatus status(AcrCredentialPolicyStatus before, StatusInputs facts) {
    Instant now = clock.instant();
    PolicyPlan plan = facts.plan();
    List<RegistryStatus> registries =
        plan.registries().stream().map(wanted -> registry(wanted, facts, now)).toList();
    ConditionResult accepted = accepted(facts);
    ConditionResult fresh = tokensFresh(facts, registries);
    ConditionResult bound = bound(facts, now);
    ConditionResult ready = ready(facts, accepted, fresh, bound);
    return new AcrCredentialPolicyStatus(
        plan.generation(),
        Stream.of(
                condition("Ready", ready, before, plan, now),
                condition("Accepted", accepted, before, plan, now),
                condition("TokensFresh", fresh, before, plan, now),
                condition("Bound", bound, before, plan, now))
            .toList(),
        registries,
        count(registries) + "/" + registries.size(),
        registries.stream()
            .map(RegistryStatus::nextRefreshAt)
            .filter(Objects::nonNull)
            .min(String::compareTo)
            .orElse(null),
        facts.namespaces(),
        facts.accounts().bound());
  }

  // ---- registries

  private static RegistryStatus registry(ResolvedRegistry wanted, StatusInputs facts, Instant now) {
    if (!wanted.isAccepted()) {
      FieldError first = wanted.problems().get(0);
      return new RegistryStatus(
          wanted.instanceId(),
          wanted.region(),
          wanted.domains(),
          State.Invalid,
          null,
          null,
          null,
          null,
          new RegistryError(first.reason().name(), first.message(), null, null, null));
    }
    RegistryState state = facts.states().apply(wanted.ref());
    boolean valid = state.validAt(now);
    return new RegistryStatus(
        wanted.instanceId(),
        wanted.region(),
        PullSecretContent.domains(wanted, state),
        state(facts.plan(), state, valid),
        facts.identities().apply(wanted.ref().identity()),
        valid ? shown(state.token().expiresAt()) : null,
        state.token() == null ? null : shown(state.token().issuedAt()),
        facts.plan().suspended() || state.nextTryAt() == null ? null : shown(state.nextTryAt()),
        state.error() == null ? null : error(state.error(), state.failedAt()));
  }

  private static State state(PolicyPlan plan, RegistryState state, boolean valid) {
    if (plan.suspended()) {
      return State.Suspended;
    }
    if (valid) {
      return state.error() == null ? State.Fresh : State.Stale;
    }
    return state.error() == null ? State.Pending : State.Failed;
  }

  private static RegistryError error(AlibabaCloudException e, Instant at) {
    return new RegistryError(
        e.code(),
        e.getMessage(),
        e.advice(),
        e.requestId().isEmpty() ? null : e.requestId(),
        shown(at));
  }

  private static long count(List<RegistryStatus> registries) {
    return registries.stream().filter(r -> r.expiresAt() != null).count();
  }

  // ---- conditions: each names the first thing that is wrong

  private static ConditionResult accepted(StatusInputs facts) {
    PolicyPlan plan = facts.plan();
    if (!plan.problems().isEmpty()) {
      return new ConditionResult(FALSE, Reason.Invalid, messages(plan.problems()));
    }
    List<FieldError> problems =
        plan.registries().stream().flatMap(wanted -> wanted.problems().stream()).toList();
    if (!problems.isEmpty()) {
      boolean all = plan.acceptedRegistries().isEmpty();
      boolean regions = problems.stream().allMatch(p -> p.reason() == Reason.RegionUnknown);
      Reason reason = regions ? Reason.RegionUnknown : all ? Reason.Invalid : Reason.PartlyAccepted;
      return new ConditionResult(FALSE, reason, messages(problems));
    }
    if (!facts.unreadable().isEmpty()) {
      return new ConditionResult(FALSE, Reason.Invalid, facts.unreadable());
    }
    if (!facts.leftOut().isEmpty()) {
      return new ConditionResult(FALSE, Reason.PartlyAccepted, facts.leftOut());
    }
    if (!facts.conflicts().isEmpty()) {
      return new ConditionResult(FALSE, Reason.DomainConflict, firstOf(facts.conflicts(), " "));
    }
    if (facts.tooLarge()) {
      return new ConditionResult(
          FALSE,
          Reason.SecretTooLarge,
          "This policy's entries are left out where a pull Secret would exceed 900 KiB: name the"
              + " domains that are used, or cover fewer namespaces");
    }
    return new ConditionResult(TRUE, Reason.Ready, "The spec is accepted");
  }

  private static ConditionResult tokensFresh(StatusInputs facts, List<RegistryStatus> registries) {
    long fresh = count(registries);
    if (fresh == registries.size() && fresh > 0) {
      return new ConditionResult(TRUE, Reason.Ready, "Every registry has a valid token");
    }
    Optional<ConditionResult> held = held(facts);
    if (held.isPresent()) {
      return new ConditionResult(FALSE, held.get().reason(), "Nothing is fetched");
    }
    List<String> failing =
        registries.stream()
            .filter(r -> r.state() == State.Failed)
            .map(r -> named(r) + ": " + told(r.error()))
            .distinct()
            .toList();
    String nothing =
        facts.plan().acceptedRegistries().isEmpty()
            ? "No registry is accepted"
            : "Tokens are being fetched";
    String why = failing.isEmpty() ? nothing : firstOf(failing, " | ");
    return new ConditionResult(FALSE, fresh > 0 ? Reason.PartlyFresh : noneFresh(facts), why);
  }

  /** Where all fail alike, the reason says how. */
  private static Reason noneFresh(StatusInputs facts) {
    List<Reason> reasons =
        facts.plan().acceptedRegistries().stream()
            .map(wanted -> facts.states().apply(wanted.ref()).error())
            .map(error -> error == null ? Reason.NoneFresh : error.reason())
            .distinct()
            .toList();
    return reasons.size() == 1 ? reasons.get(0) : Reason.NoneFresh;
  }

  private static String named(RegistryStatus r) {
    return r.instanceId().isEmpty() ? "Personal Edition in " + r.region() : r.instanceId();
  }

  private static String told(RegistryError error) {
    String request = error.requestId() == null ? "" : " (RequestId " + error.requestId() + ")";
    return error.code() + ": " + error.message() + request + ". " + error.advice();
  }

  private ConditionResult bound(StatusInputs facts, Instant now) {
    if (facts.trouble().isPresent()) {
      WorkFailure trouble = facts.trouble().get();
      if (trouble.permanent() || waitedTooLong(facts, now)) {
        return new ConditionResult(FALSE, trouble.reason(), trouble.message());
      }
    }
    String counts =
        "%d of %d ServiceAccounts in %d namespaces are bound%s"
            .formatted(
                facts.accounts().bound(),
                facts.accounts().meant(),
                facts.namespaces(),
                facts.missingNamespaces().isEmpty()
                    ? ""
                    : "; not there: namespace " + firstOf(facts.missingNamespaces(), ", "));
    if (facts.accounts().missing() > 0) {
      Optional<ConditionResult> held = held(facts);
      if (held.isPresent()) {
        return new ConditionResult(UNKNOWN, held.get().reason(), counts);
      }
      return new ConditionResult(
          waitedTooLong(facts, now) ? FALSE : UNKNOWN, Reason.Binding, counts);
    }
    return new ConditionResult(TRUE, Reason.Ready, counts);
  }

  private static boolean waitedTooLong(StatusInputs facts, Instant now) {
    return facts.unboundSince() != null
        && !now.isBefore(facts.unboundSince().plus(BINDING_PATIENCE));
  }

  private static ConditionResult ready(
      StatusInputs facts, ConditionResult accepted, ConditionResult fresh, ConditionResult bound) {
    Optional<ConditionResult> held = held(facts);
    if (held.isPresent()) {
      return held.get();
    }
    for (ConditionResult verdict : List.of(accepted, fresh, bound)) {
      if (verdict.isFalse()) {
        return verdict;
      }
    }
    return new ConditionResult(TRUE, Reason.Ready, bound.message());
  }

  /** Why nothing is done for it; empty = it is served. */
  private static Optional<ConditionResult> held(StatusInputs facts) {
    Optional<ConditionResult> aside =
        facts
            .original()
            .map(why -> new ConditionResult(FALSE, Reason.CredentialHelperRunning, why));
    if (aside.isPresent() || !facts.plan().suspended()) {
      return aside;
    }
    return Optional.of(
        new ConditionResult(
            FALSE,
            Reason.Suspended,
            "Nothing is fetched, written or unbound: spec.suspend is true"));
  }

  private static Condition condition(
      String type,
      ConditionResult verdict,
      AcrCredentialPolicyStatus before,
      PolicyPlan plan,
      Instant now) {
    String since =
        Optional.ofNullable(before).map(AcrCredentialPolicyStatus::conditions).stream()
            .flatMap(List::stream)
            .filter(c -> c.getType().equals(type) && c.getStatus().equals(verdict.status()))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElse(shown(now));
    return new ConditionBuilder()
        .withType(type)
        .withStatus(verdict.status())
        .withReason(verdict.reason().name())
        .withMessage(shortened(verdict.message()))
        .withObservedGeneration(plan.generation())
        .withLastTransitionTime(since)
        .build();
  }

  private static String messages(List<FieldError> problems) {
    return firstOf(problems.stream().map(FieldError::message).toList(), "; ");
  }

  private static String firstOf(List<String> messages, String separator) {
    String shown = String.join(separator, messages.subList(0, Math.min(SHOWN, messages.size())));
    int more = messages.size() - SHOWN;
    return more > 0 ? shown + separator + "and " + more + " more" : shown;
  }

  private static String shortened(String message) {
    return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
  }

  private static String shown(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
