package io.acrcredential.operator.operator;

/** What a command answers its caller; all else is logged. */
final class Console {

  private Console() {}

  static void print(String text) {
    System.out.print(text);
    System.out.flush();
  }

  static void complain(String text) {
    System.err.print(text);
    System.err.flush();
  }
}
