// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.finding;

import io.acrcredential.operator.cli.Verdict;

/**
 * What a link found.
 *
 * @param code stable, for scripts and documents: {@code PodOlderThanBinding}
 * @param advice what to do; {@link Text#NONE} = nothing
 */
public record Finding(LinkName link, Level level, String code, Text what, Text advice) {

  /** How a finding counts. */
  public enum Level {
    OK(Verdict.OK),
    /** It works, but it is worth knowing. */
    NOTE(Verdict.OK),
    BROKEN(Verdict.BROKEN),
    UNKNOWN(Verdict.UNKNOWN);

    private final Verdict verdict;

    Level(Verdict verdict) {
      this.verdict = verdict;
    }

    /** What it means for the exit code. */
    public Verdict verdict() {
      return verdict;
    }
  }

  private static final Text NOT_ALLOWED = new Text("Not visible: %s.", "无法查看：%s。");

  public static Finding ok(LinkName link, Text what) {
    return new Finding(link, Level.OK, "Ok", what, Text.NONE);
  }

  public static Finding note(LinkName link, String code, Text what, Text advice) {
    return new Finding(link, Level.NOTE, code, what, advice);
  }

  public static Finding broken(LinkName link, String code, Text what, Text advice) {
    return new Finding(link, Level.BROKEN, code, what, advice);
  }

  public static Finding unknown(LinkName link, String code, Text what, Text advice) {
    return new Finding(link, Level.UNKNOWN, code, what, advice);
  }

  /** The caller may not see what the link depends on. */
  public static Finding notVisible(LinkName link, String obstacle) {
    return new Finding(link, Level.UNKNOWN, "NotVisible", NOT_ALLOWED.with(obstacle), Text.NONE);
  }

  /** The same, where other links decide. */
  public Finding asNote() {
    return new Finding(link, Level.NOTE, code, what, advice);
  }
}
