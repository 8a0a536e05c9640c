// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.controller;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.credentials.CredentialSecretCache.Name;
import io.acrcredential.operator.credentials.CredentialsResolver;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.TokenService;
import io.acrcredential.operator.tokenstate.TokenStateStore;
import java.util.HashSet;
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
   */
  synchronized void requestAll() throws InterruptedException {
    Set<Name> secrets = new HashSet<>(credentials.secretsOf(Identity.OWN));
    policies.identities().forEach(identity -> secrets.addAll(credentials.secretsOf(identity)));
    informers.watch(secrets);
    tokens.updateDemands(policies.demands(), stateStore::restored);
  }

  /** Fetches again what a changed policy asks for. */
  void refresh(PolicyPlan before, PolicyPlan plan) {
    if (before.refreshRequest().equals(plan.refreshRequest())) {
      tokens.relistDomains(plan.registryRefs());
    } else {
      tokens.refresh(plan.registryRefs());
    }
  }

  /**
   * Fetches the tokens of a policy again if that was requested while no process led, which the
   * status shows: it has the value of the last request that was handled.
   */
  void refreshIfRequestedMeanwhile(AcrCredentialPolicy policy, PolicyPlan plan) {
    boolean known = policy.getStatus() != null && policy.getStatus().registries() != null;
    String request = plan.refreshRequest();
    if (known
        && !plan.suspended()
        && !request.isEmpty()
        && !request.equals(policy.getStatus().refreshRequestedAt())) {
      tokens.refresh(plan.registryRefs());
    }
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
