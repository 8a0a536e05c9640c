// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that the page shows. Two that are equal give the same page.
 *
 * @param now the time that the page shows
 * @param policies the worst first
 * @param registries the one whose token expires first comes first
 * @param coverage empty = this replica does not lead, and cannot know it
 */
record Snapshot(
    Instant now,
    Replica replica,
    List<PolicyRow> policies,
    List<RegistryRow> registries,
    Optional<Coverage> coverage) {

  /**
   * The process that serves the page.
   *
   * @param notes why it does not work, or does not see everything; usually none
   */
  record Replica(String name, boolean leads, List<String> notes) {}

  /**
   * What the leader knows of the cluster.
   *
   * @param namespaces how many there are
   * @param covered how many of them a policy covers
   * @param pullSecrets how many of them have a pull Secret of this operator
   * @param problems the worst first
   */
  record Coverage(int namespaces, int covered, int pullSecrets, List<NamespaceRow> problems) {}
}
