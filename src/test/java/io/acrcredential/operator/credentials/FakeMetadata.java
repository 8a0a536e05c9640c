package io.acrcredential.operator.credentials;

import io.acrcredential.operator.SecretText;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AcrException;
import io.acrcredential.operator.alibabacloud.Metadata;
import io.acrcredential.operator.alibabacloud.TemporaryKey;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** An instance with a RAM role or, at first, without. */
final class FakeMetadata implements Metadata {

  volatile boolean hasRole;
  volatile int asked;

  @Override
  public Uni<Optional<String>> region() {
    return Uni.createFrom().item(Optional.empty());
  }

  @Override
  public Uni<TemporaryKey> roleKey() {
    asked++;
    AccessKey key = new AccessKey("STS.instance", SecretText.of("s"), SecretText.of("t"));
    return hasRole
        ? Uni.createFrom().item(new TemporaryKey(key, FakeSts.END))
        : Uni.createFrom()
            .failure(
                new AcrException(
                    Reason.CredentialsMissing, "NoInstanceRole", "no metadata", "no advice", ""));
  }
}
