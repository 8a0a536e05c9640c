// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

/** Which ways of asking an ECS instance's metadata service knows. */
public enum MetadataMode {
  /** With a token and without: the default of ECS. */
  BOTH,
  /** "Security hardening mode": nothing without a token. */
  HARDENED_ONLY,
  /** An old service: the token call answers 404. */
  V1_ONLY_404,
  /** A service that refuses tokens: the token call answers 403. */
  V1_ONLY_403
}
