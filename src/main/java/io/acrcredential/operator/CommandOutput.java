// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

/** Writes the result of a command to the console; everything else is logged. */
public final class CommandOutput {

  private CommandOutput() {}

  public static void print(String text) {
    System.out.print(text);
    System.out.flush();
  }

  public static void printError(String text) {
    System.err.print(text);
    System.err.flush();
  }
}
