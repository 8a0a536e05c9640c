// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import java.time.Instant;

/**
 * An AccessKey that ends, and with it every token got with it.
 *
 * @param expiresAt by the service's clock
 */
public record TemporaryCredentials(AccessKey key, Instant expiresAt) {}
