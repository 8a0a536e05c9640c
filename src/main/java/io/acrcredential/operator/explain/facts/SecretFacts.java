// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a Secret that a pod or ServiceAccount lists. It has no credentials.
 *
 * @param isOurs whether the operator wrote it for this namespace
 * @param expiresAt when its first token expires; empty = it says nothing
 * @param keys of its docker config: {@code host} or {@code host/path}
 * @param defect why kubelet cannot decode it, which disables all Secrets of a pod; empty = it can
 */
public record SecretFacts(
    String name,
    String type,
    boolean isOurs,
    Optional<Instant> expiresAt,
    List<String> keys,
    String defect) {}
