package io.acrcredential.operator.pullsecret;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.RegistryState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the pull Secret of a namespace shall hold.
 *
 * @param auths the docker config's entries by key
 * @param encoded the docker config as a Secret's data holds it, made once for all namespaces
 * @param expiresAt when the first of its tokens ends; null = it holds none
 * @param complete whether every registry that is wanted here has a valid token
 * @param leftOut policies whose entries would make it too large, the youngest first to go
 */
public record PullSecretContent(
    SortedMap<String, JsonNode> auths,
    String encoded,
    Digest digest,
    Instant expiresAt,
    boolean complete,
    Set<String> leftOut) {

  /** etcd takes 1.5 MiB a request and the API server 1 MiB a Secret; the rest is room for both. */
  static final int MAX_BYTES = 900 * 1024;

  /**
   * Computes it from the left of the pipeline alone.
   *
   * @param policies that cover the namespace, oldest first: the first to claim a key has it
   */
  public static PullSecretContent of(
      List<PolicyPlan> policies, Function<RegistryRef, RegistryState> states, Instant now) {
    SortedMap<String, JsonNode> auths = new TreeMap<>();
    Set<String> leftOut = new TreeSet<>();
    Instant expiresAt = null;
    boolean complete = true;
    int bytes = 0;
    for (PolicyPlan policy : policies) {
      SortedMap<String, JsonNode> own = new TreeMap<>();
      Instant ownExpiry = null;
      for (ResolvedRegistry wanted : policy.acceptedRegistries()) {
        RegistryState state = states.apply(wanted.ref());
        if (!state.validAt(now)) {
          complete = false;
          continue;
        }
        JsonNode entry =
            DockerConfig.entry(
                state.token().username(), state.token().password().reveal(), policy.email());
        for (String key : keys(wanted, state)) {
          if (!auths.containsKey(key)) {
            own.putIfAbsent(key, entry);
          }
        }
        ownExpiry = earlier(ownExpiry, state.token().expiresAt());
      }
      int ownBytes = DockerConfig.render(own).length;
      if (!leftOut.isEmpty() || bytes + ownBytes > MAX_BYTES) {
        leftOut.add(policy.name());
        continue;
      }
      bytes += ownBytes;
      auths.putAll(own);
      expiresAt = earlier(expiresAt, ownExpiry);
    }
    return rendered(auths, expiresAt, complete, leftOut);
  }

  /** The same with somebody else's entries kept, while ours are not all there yet. */
  PullSecretContent keeping(SortedMap<String, JsonNode> foreign) {
    SortedMap<String, JsonNode> merged = new TreeMap<>(foreign);
    merged.putAll(auths);
    return rendered(merged, expiresAt, complete, leftOut);
  }

  private static PullSecretContent rendered(
      SortedMap<String, JsonNode> auths, Instant expiresAt, boolean complete, Set<String> leftOut) {
    byte[] json = DockerConfig.render(auths);
    return new PullSecretContent(
        auths,
        Base64.getEncoder().encodeToString(json),
        Digest.of(json, shown(expiresAt)),
        expiresAt,
        complete,
        leftOut);
  }

  /** Without the passwords. */
  @Override
  public String toString() {
    return "PullSecretContent" + auths.keySet();
  }

  /** For the annotation that tells people; empty = it holds no token. */
  String expiresAtShown() {
    return shown(expiresAt);
  }

  private static String shown(Instant time) {
    return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The docker config's keys of one registry: hosts, or {@code host/prefix/}. */
  public static List<String> keys(ResolvedRegistry wanted, RegistryState state) {
    List<String> keys = new ArrayList<>();
    for (String domain : domains(wanted, state)) {
      if (wanted.prefixes().isEmpty()) {
        keys.add(domain);
      }
      for (String prefix : wanted.prefixes()) {
        keys.add(domain + '/' + prefix + '/');
      }
    }
    return keys;
  }

  /** Those of the policy; else those that can be told; else those the instance listed. */
  public static List<String> domains(ResolvedRegistry wanted, RegistryState state) {
    return Stream.of(
            wanted.domains(),
            wanted.ref() == null ? List.<String>of() : wanted.ref().computedDomains())
        .filter(domains -> !domains.isEmpty())
        .findFirst()
        .orElse(state.domains());
  }

  private static Instant earlier(Instant a, Instant b) {
    return a == null || b != null && b.isBefore(a) ? b : a;
  }
}
