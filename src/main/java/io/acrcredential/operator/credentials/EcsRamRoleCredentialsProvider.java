// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.EcsMetadata;
import io.smallrye.mutiny.Uni;

/**
 * The RAM role of the ECS instance. It has the lowest priority, because every pod of the node can
 * use it.
 */
final class EcsRamRoleCredentialsProvider implements CredentialsProvider {

  private final EcsMetadata metadata;

  EcsRamRoleCredentialsProvider(EcsMetadata metadata) {
    this.metadata = metadata;
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
    return metadata
        .roleCredentials()
        .map(key -> new Credentials(key.key(), fingerprint(), key.expiresAt()));
  }
}
