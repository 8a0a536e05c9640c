// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.alibabacloud.client.EcsMetadata;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** An instance with a RAM role or, at first, without. */
final class FakeMetadata implements EcsMetadata {

  volatile boolean hasRole;
  volatile int calls;
  volatile String requestedRole;

  @Override
  public Uni<Optional<String>> region() {
    return Uni.createFrom().item(Optional.empty());
  }

  @Override
  public Uni<TemporaryCredentials> roleCredentials(String role) {
    calls++;
    requestedRole = role;
    AccessKey key = new AccessKey("STS.instance", SensitiveString.of("s"), SensitiveString.of("t"));
    return hasRole
        ? Uni.createFrom().item(new TemporaryCredentials(key, FakeSts.END))
        : Uni.createFrom()
            .failure(
                new AlibabaCloudException(
                    Reason.CredentialsMissing, "NoInstanceRole", "no metadata", "no advice", ""));
  }
}
