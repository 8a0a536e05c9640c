// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

/** Colours by the terminal's own palette, or none. */
record Paint(boolean colours) {

  String good(String text) {
    return with("32", text);
  }

  String bad(String text) {
    return with("31", text);
  }

  String calm(String text) {
    return with("36", text);
  }

  String strong(String text) {
    return with("1", text);
  }

  String dim(String text) {
    return text.isBlank() ? text : with("2", text);
  }

  private String with(String code, String text) {
    return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
