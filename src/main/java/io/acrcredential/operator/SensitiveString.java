// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.Objects;

/** A secret: its {@code toString} shows stars. */
public final class SensitiveString {

  private final String value;

  private SensitiveString(String value) {
    this.value = Objects.requireNonNull(value);
  }

  /** Wraps the value. */
  public static SensitiveString of(String value) {
    return new SensitiveString(value);
  }

  /** The value. Use it only to sign with it or to write it into a Secret. */
  public String reveal() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SensitiveString that
        && MessageDigest.isEqual(value.getBytes(UTF_8), that.value.getBytes(UTF_8));
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
