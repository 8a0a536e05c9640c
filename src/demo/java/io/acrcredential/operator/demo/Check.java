// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

/** What the demo verifies. The exit code is 0 only if every check passes. */
enum Check {
  FIRST("First ServiceAccount bound"),
  ALL("Every covered one bound"),
  UNTOUCHED("Others unchanged"),
  CALLS("One token call per registry"),
  READY("ConfigMap and policies Ready"),
  ROTATION("Tokens renewed in time"),
  IN_PLACE("Secrets renewed in place"),
  NEW("New ServiceAccount bound at once"),
  FOREIGN("imagePullSecrets of others kept"),
  PULL("Image pulled with the Secret"),
  REFUSED("Image refused without it"),
  GONE("Deletion leaves nothing behind"),
  END("Operator stops on SIGTERM");

  final String text;

  Check(String text) {
    this.text = text;
  }
}
