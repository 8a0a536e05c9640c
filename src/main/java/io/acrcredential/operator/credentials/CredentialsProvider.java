// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.smallrye.mutiny.Uni;

/** One possible source of the operator's own credentials. */
interface CredentialsProvider {

  /** The kind of source, for messages; contains no secret value. */
  String description();

  /** Whether it is configured; the first configured provider is used. */
  boolean isConfigured();

  /** Identifies its key, without a remote call. */
  String fingerprint();

  /** Gets the credentials now. */
  Uni<Credentials> get();
}
