// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.policy.Identity;
import io.smallrye.mutiny.Uni;

/**
 * The operations of STS that the operator uses. They fail with an {@link AlibabaCloudException}.
 */
public interface StsOperations {

  /**
   * AssumeRole.
   *
   * @param sessionPolicy limits the session further; null = all permissions of the role
   */
  Uni<TemporaryCredentials> assumeRole(Identity.Role role, String sessionPolicy, AccessKey caller);

  /**
   * AssumeRoleWithOIDC.
   *
   * @param sessionPolicy limits the session further; null = all permissions of the role
   * @param token the ServiceAccount's, with audience {@code sts.aliyuncs.com}
   */
  Uni<TemporaryCredentials> assumeRoleWithOidc(
      Identity.Oidc role, String sessionName, String sessionPolicy, SensitiveString token);
}
