// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.Reason;

/**
 * An invalid value of a spec, with advice.
 *
 * @param field its path: {@code spec.registries[1].region}
 * @param found the value, shortened and printable
 * @param fix what to write instead
 */
public record FieldError(Reason reason, String field, String found, String fix) {

  /** Creates an error with the reason {@link Reason#Invalid}. */
  public FieldError(String field, String found, String fix) {
    this(Reason.Invalid, field, found, fix);
  }

  /** Field, value and advice in one sentence. */
  public String message() {
    return field + " is " + (found.isEmpty() ? "empty" : "\"" + found + "\"") + ": " + fix;
  }
}
