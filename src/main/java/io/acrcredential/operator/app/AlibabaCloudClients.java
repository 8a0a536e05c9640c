// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import io.acrcredential.operator.alibabacloud.client.AcrClient;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.alibabacloud.client.StsOperations;
import jakarta.inject.Singleton;

/** The clients of the Alibaba Cloud services that the operator calls. */
@Singleton
final class AlibabaCloudClients {

  final AcrClient acr;
  final StsOperations sts;
  final EcsMetadata metadata;

  AlibabaCloudClients(AcrClient acr, StsOperations sts, EcsMetadata metadata) {
    this.acr = acr;
    this.sts = sts;
    this.metadata = metadata;
  }
}
