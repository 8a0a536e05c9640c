// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import java.util.Optional;
import java.util.function.Function;

/** The result of a read with the rights of the caller. */
public sealed interface Read<T> {

  /** The object exists. */
  record Found<T>(T object) implements Read<T> {}

  /** The object does not exist. */
  record Absent<T>() implements Read<T> {}

  /**
   * The object may exist.
   *
   * @param why it could not be read: a missing permission, or no answer
   */
  record Unreadable<T>(String why) implements Read<T> {}

  /** The object; empty if it does not exist or could not be read. */
  default Optional<T> value() {
    return this instanceof Found<T> found ? Optional.of(found.object()) : Optional.empty();
  }

  /** Whether it is certain that the object does not exist. */
  default boolean isAbsent() {
    return this instanceof Absent;
  }

  /** Why the object could not be read; empty if it could, or does not exist. */
  default Optional<String> obstacle() {
    return this instanceof Unreadable<T> unreadable
        ? Optional.of(unreadable.why())
        : Optional.empty();
  }

  /** The same with another object. */
  default <R> Read<R> map(Function<T, R> function) {
    if (this instanceof Found<T> found) {
      return new Found<>(function.apply(found.object()));
    }
    return this instanceof Unreadable<T> unreadable
        ? new Unreadable<>(unreadable.why())
        : new Absent<>();
  }
}
