// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import io.acrcredential.operator.index.BindingCounts;
import io.acrcredential.operator.index.ClusterCache;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.queue.WorkFailures;
import io.acrcredential.operator.queue.WorkFailures.WorkFailure;
import io.acrcredential.operator.statuspage.Snapshot.Coverage;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** What the operator holds in memory of the cluster, and the page shows. */
public record ClusterState(
    ClusterCache cache, PolicyIndex policies, BindingCounts bindings, WorkFailures failures) {

  private static final Comparator<NamespaceRow> WORST_FIRST =
      Comparator.comparing(NamespaceRow::level)
          .thenComparing(row -> row.failure().isEmpty())
          .thenComparing(NamespaceRow::name);

  /** The coverage as of now. */
  Coverage coverage() {
    int covered = 0;
    int pullSecrets = 0;
    var namespaces = cache.namespaces.inNamespace("").keySet();
    for (String namespace : namespaces) {
      covered += policies.policies(namespace).isEmpty() ? 0 : 1;
      pullSecrets += cache.hasOwnPullSecret(namespace) ? 1 : 0;
    }
    return new Coverage(namespaces.size(), covered, pullSecrets, problems());
  }

  private List<NamespaceRow> problems() {
    Map<String, Integer> missing = bindings.missingByNamespace();
    Map<String, WorkFailure> failed = failures.worstByNamespace();
    TreeSet<String> names = new TreeSet<>(missing.keySet());
    names.addAll(failed.keySet());
    return names.stream()
        .map(
            name ->
                new NamespaceRow(
                    name, missing.getOrDefault(name, 0), Optional.ofNullable(failed.get(name))))
        .sorted(WORST_FIRST)
        .toList();
  }
}
