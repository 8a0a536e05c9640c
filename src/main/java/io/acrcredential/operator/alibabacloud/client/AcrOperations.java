// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.policy.RegistryRef;
import io.smallrye.mutiny.Uni;
import java.util.List;

/**
 * The operations of ACR that the operator uses, for both editions. They fail with an {@link
 * AlibabaCloudException}.
 */
public interface AcrOperations {

  /**
   * Requests a pull token. It is valid for one hour, or until the temporary credentials that
   * request it expire.
   */
  Uni<RegistryToken> token(RegistryRef ref, AccessKey key);

  /** Lists all domains of an Enterprise Edition instance: public, VPC and custom. */
  Uni<List<String>> domains(RegistryRef ref, AccessKey key);
}
