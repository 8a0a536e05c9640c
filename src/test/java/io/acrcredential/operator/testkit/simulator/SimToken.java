// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Instant;

/**
 * What a temporary password stands for.
 *
 * @param instanceId empty for the Personal Edition
 */
public record SimToken(
    String username,
    String accountUid,
    String region,
    String instanceId,
    Instant issuedAt,
    Instant expiresAt) {}
