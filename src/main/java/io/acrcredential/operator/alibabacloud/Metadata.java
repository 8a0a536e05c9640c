package io.acrcredential.operator.alibabacloud;

import io.smallrye.mutiny.Uni;
import java.util.Optional;

/** What an ECS instance knows of itself. */
public interface Metadata {

  /** The instance's region; empty where this is no ECS instance, or it says nonsense. */
  Uni<Optional<String>> region();

  /** The RAM role's credentials; fails with an {@link AcrException} where there is none. */
  Uni<TemporaryKey> roleKey();
}
