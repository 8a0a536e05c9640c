// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.function.Consumer;

/**
 * Handles the events of an informer, for which it is the same whether an object is new.
 *
 * @param onChange gets an object that was added or changed
 * @param onDelete gets the last observed state of an object that was deleted
 */
public record ChangeHandler<T>(Consumer<T> onChange, Consumer<T> onDelete)
    implements ResourceEventHandler<T> {

  /** Runs the action at every event. */
  public static <T> ChangeHandler<T> of(Runnable action) {
    return new ChangeHandler<>(any -> action.run(), any -> action.run());
  }

  @Override
  public void onAdd(T added) {
    onChange.accept(added);
  }

  @Override
  public void onUpdate(T before, T now) {
    onChange.accept(now);
  }

  @Override
  public void onDelete(T last, boolean finalStateUnknown) {
    onDelete.accept(last);
  }
}
