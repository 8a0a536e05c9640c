package io.acrcredential.operator.cleanup;

/** What a command answers its caller; all else is logged. */
public final class CommandOutput {

  private CommandOutput() {}

  public static void print(String text) {
    System.out.print(text);
    System.out.flush();
  }

  public static void complain(String text) {
    System.err.print(text);
    System.err.flush();
  }
}
