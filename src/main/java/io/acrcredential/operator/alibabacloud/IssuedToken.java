package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.SensitiveString;
import java.time.Instant;

/**
 * ACR's answer to GetAuthorizationToken.
 *
 * @param username {@code TempUsername}; {@code cr_temp_user} in practice, never assumed
 * @param password {@code AuthorizationToken}: opaque, may contain {@code :} and {@code =}
 * @param expiresAt {@code ExpireTime}: one hour ahead, or when the STS credentials end
 */
public record IssuedToken(String username, SensitiveString password, Instant expiresAt) {}
