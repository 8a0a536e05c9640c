// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.TokenDemand;
import io.acrcredential.operator.token.TokenService;
import io.acrcredential.operator.tokenstate.TokenStateStore;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Requests from the token service what the policies need, and watches the Secrets they name. */
public final class PolicyTokens {

  private final PolicyIndex policies;
  private final CredentialsResolver credentials;
  private final CredentialSecretInformers informers;
  private final TokenService tokens;
  private final TokenStateStore stateStore;

  public PolicyTokens(
      PolicyIndex policies,
      CredentialsResolver credentials,
      CredentialSecretInformers informers,
      TokenService tokens,
      TokenStateStore stateStore) {
    this.policies = policies;
    this.credentials = credentials;
    this.informers = informers;
    this.tokens = tokens;
    this.stateStore = stateStore;
  }

  /**
   * Requests the tokens of all current policies. Synchronized, because otherwise an older set of
   * policies could overwrite a newer one.
   *
   * @param refresh whose tokens are fetched again although they are there
   */
  synchronized void requestAll(Set<RegistryRef> refresh) throws InterruptedException {
    Set<Name> secrets = new HashSet<>(credentials.secretsOf(Identity.OWN));
    Map<RegistryRef, TokenDemand> demands = policies.demands();
    demands.keySet().stream()
        .map(RegistryRef::identity)
        .distinct()
        .forEach(identity -> secrets.addAll(credentials.secretsOf(identity)));
    informers.watch(secrets);
    tokens.updateDemands(demands, stateStore::restored, refresh);
  }

  /** The spec of a policy changed. */
  void relistDomains(PolicyPlan plan) {
    tokens.relistDomains(plan.registryRefs());
  }

  /**
   * Registries that the plan adds and that already have a token.
   *
   * @param before the plan before; null = none
   */
  Set<RegistryRef> addedWithToken(PolicyPlan before, PolicyPlan plan) {
    Set<RegistryRef> added = plan.registryRefs();
    added.removeAll(before == null ? Set.of() : before.registryRefs());
    added.removeIf(ref -> tokens.state(ref).token() == null);
    return added;
  }
}
