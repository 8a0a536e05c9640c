// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import java.time.Instant;

/**
 * An AccessKey that expires, and with it every token that it requested.
 *
 * @param expiresAt by the clock of the service
 */
public record TemporaryCredentials(AccessKey key, Instant expiresAt) {}
