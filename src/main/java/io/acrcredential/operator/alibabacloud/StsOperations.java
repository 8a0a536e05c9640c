// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.policy.Identity;
import io.smallrye.mutiny.Uni;

/** What the operator asks of STS. Failures are {@link AlibabaCloudException}s. */
public interface StsOperations {

  /**
   * AssumeRole.
   *
   * @param sessionPolicy limits the session further; null = it may do all that the role may
   */
  Uni<TemporaryCredentials> assumeRole(Identity.Role role, String sessionPolicy, AccessKey caller);

  /**
   * AssumeRoleWithOIDC.
   *
   * @param sessionPolicy limits the session further; null = it may do all that the role may
   * @param token the ServiceAccount's, with audience {@code sts.aliyuncs.com}
   */
  Uni<TemporaryCredentials> assumeRoleWithOidc(
      Identity.Oidc role, String sessionName, String sessionPolicy, SensitiveString token);
}
