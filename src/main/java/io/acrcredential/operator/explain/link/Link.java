// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.finding.Finding;
import java.util.List;

/** One link of the chain. */
@FunctionalInterface
interface Link {

  /** What there is to say; nothing if the link does not concern the subject. */
  List<Finding> check(Facts facts);
}
