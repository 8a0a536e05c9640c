// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.util.function.Consumer;

/** Lists objects page by page, so that only one page is in memory. */
final class Pages {

  /** Small, because a pull Secret may be large. */
  private static final long PAGE_SIZE = 100;

  private Pages() {}

  static <T extends HasMetadata, L extends KubernetesResourceList<T>> void forEach(
      Listable<L> resources, Consumer<T> action) {
    String next = null;
    do {
      L page =
          resources.list(new ListOptionsBuilder().withLimit(PAGE_SIZE).withContinue(next).build());
      page.getItems().forEach(action);
      next = page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
  }
}
