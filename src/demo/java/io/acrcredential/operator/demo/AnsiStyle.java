// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

/** ANSI colours of the terminal's palette, or plain text. */
record AnsiStyle(boolean colours) {

  String green(String text) {
    return with("32", text);
  }

  String red(String text) {
    return with("31", text);
  }

  String cyan(String text) {
    return with("36", text);
  }

  String bold(String text) {
    return with("1", text);
  }

  String dim(String text) {
    return text.isBlank() ? text : with("2", text);
  }

  private String with(String code, String text) {
    return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
