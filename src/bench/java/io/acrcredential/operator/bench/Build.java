// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import java.nio.file.Path;
import java.util.List;

/** A build of the operator: what is executed to run it. */
interface Build {

  /**
   * The operator's command line.
   *
   * @param once more JVM options for this start, which a native build ignores
   */
  List<String> command(String... once);

  /** A description for the line above the table. */
  String describe();

  /** The home of the JVM that runs it; null = native. */
  Path javaHome();
}
