package io.acrcredential.operator.text;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * Tells an unexpected exception by class and place, for the log. Never by its message: that of a
 * library may quote a token or a key.
 */
public final class ExceptionPlace {

  private static final String OURS = "io.acrcredential.operator.";
  private static final int MAX_CAUSES = 5;

  private ExceptionPlace() {}

  /**
   * Class and place of the exception and of its causes: {@code java.lang.ArithmeticException at
   * java.lang.Math.addExact(Math.java:932), called at io.acrcredential…}.
   */
  public static String of(Throwable failure) {
    StringBuilder text = new StringBuilder();
    Set<Throwable> told = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Throwable e = failure; e != null && told.size() < MAX_CAUSES; e = e.getCause()) {
      if (!told.add(e)) {
        break;
      }
      text.append(text.isEmpty() ? "" : ", caused by ").append(e.getClass().getName());
      appendPlace(text, e.getStackTrace());
    }
    return text.toString();
  }

  private static void appendPlace(StringBuilder text, StackTraceElement[] frames) {
    if (frames.length == 0) {
      return;
    }
    text.append(" at ").append(frames[0]);
    for (StackTraceElement frame : frames) {
      if (frame.getClassName().startsWith(OURS)) {
        if (frame != frames[0]) {
          text.append(", called at ").append(frame);
        }
        return;
      }
    }
  }
}
