// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.pod.PodDecision.CoveredImage;
import io.acrcredential.operator.policy.PolicyPlan;
import io.acrcredential.operator.policy.PolicyPlan.ResolvedRegistry;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.acrcredential.operator.token.RegistryState;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Which policy serves an image in a namespace. */
public final class CoveredImages {

  private final PolicyIndex policies;
  private final Function<RegistryRef, RegistryState> states;
  private final PodAccess access;
  private final Clock clock;

  public CoveredImages(
      PolicyIndex policies,
      Function<RegistryRef, RegistryState> states,
      PodAccess access,
      Clock clock) {
    this.policies = policies;
    this.states = states;
    this.access = access;
    this.clock = clock;
  }

  /** Whether a new pod of the ServiceAccount gets the entry, even if it has a list of its own. */
  boolean isInjected(String namespace, String serviceAccount) {
    return access.injects() && policies.injectsPod(namespace, serviceAccount);
  }

  /** Empty for an image that no active policy of the namespace serves. */
  Function<String, Optional<CoveredImage>> in(String namespace) {
    Map<String, CoveredImage> byKey = new HashMap<>();
    for (PolicyPlan plan : policies.policies(namespace)) {
      if (!plan.isFrozen()) {
        plan.acceptedRegistries().forEach(registry -> add(byKey, plan, registry));
      }
    }
    return image -> ImageMatch.mostSpecific(image, byKey.keySet()).map(byKey::get);
  }

  /** The first policy that has a key wins, as in the pull Secret. */
  private void add(Map<String, CoveredImage> byKey, PolicyPlan plan, ResolvedRegistry registry) {
    RegistryState state = states.apply(registry.ref());
    CoveredImage covered =
        new CoveredImage(plan.name(), access.permission(plan), state.isValidAt(clock.instant()));
    PullSecretContent.keys(registry, state).forEach(key -> byKey.putIfAbsent(key, covered));
  }
}
