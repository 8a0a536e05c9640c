// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.credentials;

import io.acrcredential.operator.Sha256;

/** A fingerprint of 16 hexadecimal digits: it distinguishes identities and reveals nothing else. */
final class Fingerprint {

  private Fingerprint() {}

  static String of(String identity) {
    return Sha256.hex("acr-credential-operator/" + identity, 8);
  }
}
