package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AccessKey;
import java.time.Instant;

/**
 * What an identity asks with.
 *
 * @param account what Alibaba Cloud counts its calls under: of a role its ARN's account, else the
 *     AccessKey id, as a fingerprint
 * @param expiresAt when the key ends, and every token got with it; null = it does not
 */
public record Credentials(AccessKey key, String account, Instant expiresAt) {}
