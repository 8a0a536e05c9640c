// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.Sha256;

/** Sixteen hexadecimal digits that tell identities apart and nothing else of them. */
final class Fingerprint {

  private Fingerprint() {}

  static String of(String identity) {
    return Sha256.hex("acr-credential-operator/" + identity, 8);
  }
}
