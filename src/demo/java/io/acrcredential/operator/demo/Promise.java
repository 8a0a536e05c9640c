// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

/** What the demo says will happen; each is measured, and the exit code tells whether all did. */
enum Promise {
  FIRST("First ServiceAccount bound"),
  ALL("Every covered one bound"),
  UNTOUCHED("Others left alone"),
  CALLS("One token call per registry"),
  READY("ConfigMap and policies Ready"),
  ROTATION("Tokens renewed in time"),
  IN_PLACE("Secrets renewed in place"),
  NEW("New ServiceAccount bound at once"),
  FOREIGN("imagePullSecrets of others kept"),
  PULL("Image pulled with the Secret"),
  REFUSED("Image refused without it"),
  GONE("Deletion leaves nothing behind"),
  END("Operator ends when told to");

  final String text;

  Promise(String text) {
    this.text = text;
  }
}
