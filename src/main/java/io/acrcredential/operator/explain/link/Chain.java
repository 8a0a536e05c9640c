// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.link;

import io.acrcredential.operator.explain.facts.Facts;
import io.acrcredential.operator.explain.facts.Subject.Kind;
import io.acrcredential.operator.explain.finding.Finding;
import io.acrcredential.operator.explain.finding.LinkName;
import java.util.List;
import java.util.Set;

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

  /** What a pod with public images does not need. */
  private static final Set<String> NOT_COVERED =
      Set.of("NoPolicy", "NotCovered", "NamespaceExcluded");

  private Chain() {}

  /** What the links find, in their order. */
  public static List<Finding> check(Facts facts) {
    List<Finding> findings = LINKS.stream().flatMap(link -> link.check(facts).stream()).toList();
    boolean isPulled =
        facts.subject().kind() == Kind.POD && facts.pod().filter(PodLink::isPulled).isPresent();
    return isPulled
        ? findings.stream()
            .map(finding -> isNoteForPulled(finding) ? finding.asNote() : finding)
            .toList()
        : findings;
  }

  /** A pod that has its images needs nothing of what could not be read, and maybe no login. */
  private static boolean isNoteForPulled(Finding finding) {
    return switch (finding.level()) {
      case OK, NOTE -> false;
      case UNKNOWN -> true;
      case BROKEN -> finding.link() == LinkName.DOMAIN || NOT_COVERED.contains(finding.code());
    };
  }
}
