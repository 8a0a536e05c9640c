package io.acrcredential.operator.api.v1alpha1;

/**
 * The fixed reasons of conditions, Events and metrics: DESIGN section 2. A new one is added there
 * and in {@code docs/} too.
 */
public enum Reason {
  Ready,
  PartlyFresh,
  NoneFresh,
  Binding,
  BindingFailed,
  Suspended,
  Invalid,
  PartlyAccepted,
  DomainConflict,
  SecretTooLarge,
  SecretOccupied,
  RegionUnknown,
  CredentialsMissing,
  AccessDenied,
  Throttled,
  Unreachable,
  InstanceNotFound,
  AnotherOperator,
  CredentialHelperRunning
}
