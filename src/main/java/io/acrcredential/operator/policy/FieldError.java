package io.acrcredential.operator.policy;

import io.acrcredential.operator.api.v1alpha1.Reason;

/**
 * A wrong value, told so that its owner can mend it.
 *
 * @param field where it stands: {@code spec.registries[1].region}
 * @param found what stands there, already fit to be shown
 * @param fix what to write instead
 */
public record FieldError(Reason reason, String field, String found, String fix) {

  /** The usual kind: {@link Reason#Invalid}. */
  public FieldError(String field, String found, String fix) {
    this(Reason.Invalid, field, found, fix);
  }

  /** One sentence with all three. */
  public String message() {
    return field + " is " + (found.isEmpty() ? "empty" : "\"" + found + "\"") + ": " + fix;
  }
}
