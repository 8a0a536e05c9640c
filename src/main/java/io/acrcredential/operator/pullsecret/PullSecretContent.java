// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.RegistryState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The desired content of the pull Secret of a namespace.
 *
 * @param auths the entries of the docker config by key
 * @param encoded the docker config in Base64, as in the data of a Secret; computed once for all
 *     namespaces with the same policies
 * @param expiresAt when its first token expires; null = it holds no token
 * @param complete whether every registry of the policies has a valid token and a domain for it
 * @param omittedPolicies policies whose entries would make it too large; the youngest are omitted
 */
public record PullSecretContent(
    SortedMap<String, JsonNode> auths,
    String encoded,
    Digest digest,
    Instant expiresAt,
    boolean complete,
    Set<String> omittedPolicies) {

  /** The API server accepts Secrets of at most 1 MiB, and etcd requests of at most 1.5 MiB. */
  static final int MAX_BYTES = 900 * 1024;

  /**
   * Computes the content from policies and tokens alone.
   *
   * @param policies the policies that cover the namespace, oldest first: a key belongs to the first
   *     that has it
   */
  public static PullSecretContent of(
      List<PolicyPlan> policies, Function<RegistryRef, RegistryState> states, Instant now) {
    SortedMap<String, JsonNode> auths = new TreeMap<>();
    Set<String> omittedPolicies = new TreeSet<>();
    Instant expiresAt = null;
    boolean complete = true;
    int bytes = 0;
    for (PolicyPlan policy : policies) {
      SortedMap<String, JsonNode> added = new TreeMap<>();
      Instant addedExpiry = null;
      for (ResolvedRegistry registry : policy.acceptedRegistries()) {
        RegistryState state = states.apply(registry.ref());
        if (!state.isValidAt(now)) {
          complete = false;
          continue;
        }
        JsonNode entry =
            DockerConfig.entry(
                state.token().username(),
                state.token().password().reveal(),
                state.email().isEmpty() ? null : state.email());
        List<String> keys = keys(registry, state);
        if (keys.isEmpty()) {
          // The entries of another component may serve the domains that are not known.
          complete = false;
          continue;
        }
        for (String key : keys) {
          if (!auths.containsKey(key)) {
            added.putIfAbsent(key, entry);
          }
        }
        addedExpiry = earlier(addedExpiry, state.token().latestExpiry());
      }
      int addedBytes = DockerConfig.render(added).length;
      if (!omittedPolicies.isEmpty() || bytes + addedBytes > MAX_BYTES) {
        omittedPolicies.add(policy.name());
        continue;
      }
      bytes += addedBytes;
      auths.putAll(added);
      expiresAt = earlier(expiresAt, addedExpiry);
    }
    return render(auths, expiresAt, complete, omittedPolicies);
  }

  /** This content plus the entries of another component, whose keys this content does not have. */
  PullSecretContent mergedWith(SortedMap<String, JsonNode> foreign) {
    SortedMap<String, JsonNode> merged = new TreeMap<>(foreign);
    merged.putAll(auths);
    return render(merged, expiresAt, complete, omittedPolicies);
  }

  private static PullSecretContent render(
      SortedMap<String, JsonNode> auths,
      Instant expiresAt,
      boolean complete,
      Set<String> omittedPolicies) {
    byte[] json = DockerConfig.render(auths);
    return new PullSecretContent(
        auths,
        Base64.getEncoder().encodeToString(json),
        Digest.of(json, text(expiresAt)),
        expiresAt,
        complete,
        omittedPolicies);
  }

  /** Shows no passwords. */
  @Override
  public String toString() {
    return "PullSecretContent" + auths.keySet();
  }

  /** The value of the annotation that shows the expiry; empty = it holds no token. */
  String expiresAtText() {
    return text(expiresAt);
  }

  private static String text(Instant time) {
    return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The keys of one registry in the docker config: {@code host}, or {@code host/prefix/}. */
  public static List<String> keys(ResolvedRegistry registry, RegistryState state) {
    return registry.keys(domains(registry, state));
  }

  /** The domains in the policy; else the computed ones; else those that the instance listed. */
  public static List<String> domains(ResolvedRegistry registry, RegistryState state) {
    return Stream.of(
            registry.domains(),
            registry.ref() == null ? List.<String>of() : registry.ref().computedDomains())
        .filter(domains -> !domains.isEmpty())
        .findFirst()
        .orElse(state.domains());
  }

  private static Instant earlier(Instant a, Instant b) {
    return a == null || b != null && b.isBefore(a) ? b : a;
  }
}
