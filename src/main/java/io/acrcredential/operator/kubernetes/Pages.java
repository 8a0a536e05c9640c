// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Lists objects page by page. */
public final class Pages {

  /** Small, because a pull Secret or a policy with its status may be large. */
  private static final long PAGE_SIZE = 50;

  private Pages() {}

  /** Passes each object on, so that only one page is in memory. */
  public static <T extends HasMetadata, L extends KubernetesResourceList<T>> void forEach(
      Listable<L> resources, Consumer<T> action) {
    String next = null;
    do {
      L page =
          resources.list(new ListOptionsBuilder().withLimit(PAGE_SIZE).withContinue(next).build());
      page.getItems().forEach(action);
      next = page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
  }

  /** All objects; only one page of the responses is in memory. */
  public static <T extends HasMetadata, L extends KubernetesResourceList<T>> List<T> all(
      Listable<L> resources) {
    List<T> all = new ArrayList<>();
    forEach(resources, all::add);
    return all;
  }
}
