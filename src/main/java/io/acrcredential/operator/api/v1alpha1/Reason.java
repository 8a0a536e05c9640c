// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.api.v1alpha1;

/**
 * The reasons of conditions, Events and metrics. They are part of the API: document a new one in
 * {@code docs/}.
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
  EmailDiffers,
  SecretTooLarge,
  SecretOccupied,
  SecretCopied,
  PullSecretMissing,
  OwnImagePullSecrets,
  ImagePullSecretUnreadable,
  PodEvicted,
  HealingNotAllowed,
  InjectionNotInstalled,
  RegionUnknown,
  CredentialsMissing,
  AccessDenied,
  NoDomains,
  NamespaceMissing,
  Throttled,
  Unreachable,
  InstanceNotFound,
  AnotherOperator,
  CredentialHelperRunning,
  CleanedUp
}
