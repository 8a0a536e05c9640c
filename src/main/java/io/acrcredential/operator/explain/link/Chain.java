// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.link.Finding.Level;
import java.util.List;

/** All links in their order. */
public final class Chain {

  private static final List<Link> LINKS =
      List.of(
          new OperatorLink(),
          new ConfigMapLink(),
          new PolicyLink(),
          new RegistryLink(),
          new DomainLink(),
          new SecretLink(),
          new ServiceAccountLink(),
          new AdmissionLink(),
          new PodLink());

  private Chain() {}

  /** What the links find, in their order. */
  public static List<Finding> check(Facts facts) {
    List<Finding> findings = LINKS.stream().flatMap(link -> link.check(facts).stream()).toList();
    boolean isPulled =
        facts.subject().kind() == Kind.POD && facts.pod().filter(PodLink::isPulled).isPresent();
    // A pod that has its images needs nothing of what could not be read.
    return isPulled
        ? findings.stream()
            .map(finding -> finding.level() == Level.UNKNOWN ? finding.asNote() : finding)
            .toList()
        : findings;
  }
}
