// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import java.util.Locale;

/** How good or bad a state is; the worst comes first. */
enum Level {
  BAD("✗"),
  WARNING("!"),
  OK("✓"),
  OFF("–");

  /** Says the same as the color. */
  final String sign;

  Level(String sign) {
    this.sign = sign;
  }

  /** The class in the style sheet. */
  String style() {
    return name().toLowerCase(Locale.ROOT);
  }
}
