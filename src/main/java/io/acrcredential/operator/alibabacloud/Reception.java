// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.endpoint.ClockOffset;
import java.time.Instant;

/**
 * When a response was received.
 *
 * @param at by the local clock
 * @param offset of the clock of the service
 */
record Reception(ResponseHeaders headers, Instant at, ClockOffset offset) {

  /**
   * The time of the service when it issued what expires then: its own, unless it contradicts the
   * expiry.
   */
  Instant issuedAt(Instant expiresAt) {
    Instant date = headers.date();
    return date != null && date.isBefore(expiresAt) && !expiresAt.isAfter(date.plus(Expiry.LONGEST))
        ? date
        : at.plus(offset.least());
  }
}
