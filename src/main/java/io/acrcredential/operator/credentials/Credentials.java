// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AccessKey;
import java.time.Instant;

/**
 * The key of an identity.
 *
 * @param account the key of the rate limit of Alibaba Cloud: the account in the ARN of a role, else
 *     a fingerprint of the AccessKey id
 * @param expiresAt when the key expires, and every token requested with it; null = never
 */
public record Credentials(AccessKey key, String account, Instant expiresAt) {}
