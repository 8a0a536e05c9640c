// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import io.smallrye.mutiny.Uni;

/**
 * The RAM role of the ECS instance. It has the lowest priority, because every pod of the node can
 * use it.
 */
final class EcsRamRoleCredentialsProvider implements CredentialsProvider {

  private final EcsMetadata metadata;
  private final SdkEnvironment environment;

  EcsRamRoleCredentialsProvider(EcsMetadata metadata, SdkEnvironment environment) {
    this.metadata = metadata;
    this.environment = environment;
  }

  @Override
  public String description() {
    return "RAM role of the ECS instance";
  }

  /** Always true: only a call shows whether the instance has a role. */
  @Override
  public boolean isConfigured() {
    return true;
  }

  @Override
  public String fingerprint() {
    return Fingerprint.of("instance-role");
  }

  @Override
  public Uni<Credentials> get() {
    if (environment.isEcsMetadataDisabled()) {
      return Uni.createFrom()
          .failure(
              new AlibabaCloudException(
                  Reason.CredentialsMissing,
                  "NoInstanceRole",
                  "ALIBABA_CLOUD_ECS_METADATA_DISABLED forbids the RAM role of the ECS instance",
                  "Remove the variable, or give the operator another identity.",
                  ""));
    }
    return metadata
        .roleCredentials(environment.ecsRole().orElse(null))
        .map(key -> new Credentials(key.key(), fingerprint(), key.expiresAt()));
  }
}
