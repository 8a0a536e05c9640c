// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

import io.acrcredential.operator.index.ClusterCache;

/**
 * Enqueues work from the caches once this process leads, because events are not delivered before.
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

  /** Adds all namespaces to the index. All informers must be synced. */
  public void indexNamespaces() {
    cache.namespaces.inNamespace("").keySet().forEach(namespaceEvents::update);
  }

  /**
   * Enqueues everything that may differ from its desired state. All policies must be in the index.
   *
   * @param credentialHelperRuns whether what no policy selects is handed over to the ACK credential
   *     helper instead of being removed: it may belong to the managed policy
   */
  public void start(boolean credentialHelperRuns) {
    if (credentialHelperRuns) {
      cache.pullSecrets.namespaces().forEach(handOvers::start);
    }
    namespaces.start();
    cache.pullSecrets.namespaces().forEach(copies::report);
    cache.namespaces.inNamespace("").keySet().forEach(namespaces::enqueue);
    if (!credentialHelperRuns) {
      // Also where there is no pull Secret: a policy whose entries were added at admission may have
      // been deleted before it had a token.
      cache.namespaces.inNamespace("").keySet().forEach(bindings::enqueueStale);
    }
  }
}
