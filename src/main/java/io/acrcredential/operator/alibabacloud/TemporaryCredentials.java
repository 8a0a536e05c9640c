// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import java.time.Instant;

/**
 * An AccessKey that expires, and with it every token that it requested.
 *
 * @param expiresAt by the local clock; the latest time, if the offset of the service is not agreed
 *     on
 */
public record TemporaryCredentials(AccessKey key, Instant expiresAt) {}
