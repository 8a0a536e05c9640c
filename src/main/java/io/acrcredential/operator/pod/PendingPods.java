// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import io.acrcredential.operator.kubernetes.RecordStore;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;

/** The records of all pending pods, while they are watched. */
public final class PendingPods {

  /** A pod takes some 10 KiB. */
  private static final long PAGE = 100;

  private volatile RecordStore<Pod, ObservedPod> store = newStore();

  private static RecordStore<Pod, ObservedPod> newStore() {
    return new RecordStore<>(
        ObservedPod::of,
        ObservedPod::resourceVersion,
        meta -> {
          Pod named = new Pod(null, null, meta, null, null);
          named.setAdditionalProperties(null);
          return named;
        },
        (pod, kept) -> {},
        PAGE);
  }

  /** Forgets all pods. Returns an empty store for the next informer. */
  RecordStore<Pod, ObservedPod> clear() {
    store = newStore();
    return store;
  }

  /** By name. */
  Map<String, ObservedPod> inNamespace(String namespace) {
    return store.inNamespace(namespace);
  }

  Iterable<String> namespaces() {
    return store.namespaces();
  }
}
