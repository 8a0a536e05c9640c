// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.sync;

/** Handles the watch events of one kind of object. */
interface ObjectEventHandler<T> {

  /**
   * The object is new or changed.
   *
   * @param before null = it is new
   */
  void onChanged(T before, T now);

  void onDeleted(T last);
}
