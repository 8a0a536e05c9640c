// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.policy.RegistryRef;
import io.smallrye.mutiny.Uni;
import java.util.List;

/**
 * What the operator asks of ACR, for both editions. Failures are {@link AlibabaCloudException}s.
 */
public interface AcrOperations {

  /** A pull token, valid for an hour or as long as the temporary credentials that asked. */
  Uni<RegistryToken> token(RegistryRef ref, AccessKey key);

  /** Every domain of an Enterprise Edition instance: public, VPC and custom. */
  Uni<List<String>> domains(RegistryRef ref, AccessKey key);
}
