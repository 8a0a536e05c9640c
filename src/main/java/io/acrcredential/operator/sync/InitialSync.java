// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.ClusterCache;
import java.util.stream.StreamSupport;

/**
 * Enqueues work from the caches once this process leads, because events are not delivered before.
 * It does so in two steps: in a large cluster the first ServiceAccounts are bound while most of the
 * others are still to be listed. What would be removed if a policy, a namespace or a ServiceAccount
 * were overlooked waits for the second step.
 */
public final class InitialSync {

  private final ClusterCache cache;
  private final NamespaceEventHandler namespaceEvents;
  private final NamespaceEnqueuer namespaces;
  private final BindingEnqueuer bindings;
  private final HandOverTracker handOvers;
  private final CopiedSecretReporter copies;

  public InitialSync(
      ClusterCache cache,
      NamespaceEventHandler namespaceEvents,
      NamespaceEnqueuer namespaces,
      BindingEnqueuer bindings,
      HandOverTracker handOvers,
      CopiedSecretReporter copies) {
    this.cache = cache;
    this.namespaceEvents = namespaceEvents;
    this.namespaces = namespaces;
    this.bindings = bindings;
    this.handOvers = handOvers;
    this.copies = copies;
  }

  /** Adds the namespaces that are known to the index. Others are added by their events. */
  public void indexNamespaces() {
    cache.namespaces.inNamespace("").keySet().forEach(namespaceEvents::update);
  }

  /** Whether a ServiceAccount is known in a namespace that a policy covers. */
  public boolean isAnyServiceAccountCovered() {
    return StreamSupport.stream(cache.serviceAccounts.namespaces().spliterator(), false)
        .anyMatch(namespaces::isCovered);
  }

  /**
   * Enqueues what can be done while the namespaces and ServiceAccounts are still being listed: the
   * pull Secrets of covered namespaces, in which some ServiceAccounts are known, and their
   * bindings. All policies must be in the index and all pull Secrets in the cache. Those that are
   * listed from now on are enqueued by their events.
   */
  public void begin() {
    namespaces.start();
    cache.serviceAccounts.namespaces().forEach(namespaces::enqueueListed);
  }

  /**
   * Enqueues everything that may differ from its desired state. All policies must be in the index,
   * and all informers synced.
   *
   * @param credentialHelperRuns whether what no policy selects is handed over to the ACK credential
   *     helper instead of being removed: it may belong to the managed policy
   */
  public void complete(boolean credentialHelperRuns) {
    // Their events may still be on their way.
    indexNamespaces();
    if (credentialHelperRuns) {
      cache.pullSecrets.namespaces().forEach(handOvers::start);
    }
    namespaces.complete();
    cache.pullSecrets.namespaces().forEach(copies::report);
    cache.namespaces.inNamespace("").keySet().forEach(namespaces::enqueue);
    if (!credentialHelperRuns) {
      // Also where there is no pull Secret: a policy whose entries were added at admission may have
      // been deleted before it had a token.
      cache.namespaces.inNamespace("").keySet().forEach(bindings::enqueueStale);
    }
  }
}
