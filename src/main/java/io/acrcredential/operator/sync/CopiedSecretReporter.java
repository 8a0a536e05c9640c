// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.kubernetes.EventRecorder;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;

/**
 * Records an Event for a pull Secret that another controller copied from another namespace. The
 * copy is not the operator's: where no policy covers its namespace, it stays.
 */
public final class CopiedSecretReporter {
  private static final String NOT_COVERED =
      "This is a copy of the pull Secret of namespace %s, made by another controller. No policy"
          + " covers this namespace, so the copy is neither renewed nor deleted: stop copying it,"
          + " and let a policy cover the namespace if its pods pull from ACR";
  private static final String COVERED =
      "Another controller wrote the pull Secret of namespace %s over that of this namespace, which"
          + " is restored: exclude the Secret from what is copied";

  private final ClusterCache cache;
  private final PolicyIndex policies;
  private final EventRecorder events;

  public CopiedSecretReporter(ClusterCache cache, PolicyIndex policies, EventRecorder events) {
    this.cache = cache;
    this.policies = policies;
    this.events = events;
  }

  /** Records the Event if the namespace's pull Secret is a copy. */
  void report(String namespace) {
    ObservedSecret observed = cache.pullSecret(namespace);
    // Excluded namespaces get no Event either.
    if (observed == null
        || observed.copiedFrom() == null
        || !policies.containsNamespace(namespace)) {
      return;
    }
    String message = policies.policies(namespace).isEmpty() ? NOT_COVERED : COVERED;
    events.warning(
        reference(namespace), Reason.SecretCopied.name(), message.formatted(observed.copiedFrom()));
  }

  private ObjectReference reference(String namespace) {
    return new ObjectReferenceBuilder()
        .withApiVersion("v1")
        .withKind("Secret")
        .withNamespace(namespace)
        .withName(cache.pullSecretName())
        .build();
  }
}
