// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.admission.CoverageCases.Account;
import io.acrcredential.operator.admission.CoverageCases.Case;
import io.acrcredential.operator.testkit.Manifests;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Named cases of which policies add the entry to a new pod. The account of a case is that of the
 * pod.
 */
public final class PodCoverageCases {

  private PodCoverageCases() {}

  /** Like an older CRD, it accepts selectors of ServiceAccounts beside injectPods. */
  public static String olderCrd() {
    return Manifests.replace(
        Manifests.shipped("crd.yaml"), "!(has(self.injectPods) && self.injectPods) ||", "true ||");
  }

  /** Title, spec in flow style after registries, namespace/name, whether a pod gets the entry. */
  private static final Object[][] CASES = {
    {"not asked", "", "default/default", false},
    {"switched off", "injectPods: false", "default/default", false},
    {"switched on", "injectPods: true", "default/default", true},
    {"not for accounts", "bindAtCreation: false, injectPods: true", "default/default", true},
    {"suspended", "injectPods: true, suspend: true", "default/default", false},
    {"Replace", "injectPods: true, binding: Replace", "default/default", true},
    {
      "empty selector of accounts",
      "injectPods: true, targets: {serviceAccounts: {selector: {}}}",
      "default/app",
      true
    },
    {
      "empty lists in the selector of accounts",
      "injectPods: true, targets: {serviceAccounts: {selector: {matchLabels: {}, matchExpressions: []}}}",
      "default/app",
      true
    },
    {
      "name and empty selector",
      "injectPods: true, targets: {serviceAccounts: {names: [app], selector: {}}}",
      "default/app",
      true
    },
    {
      "other name and empty selector",
      "injectPods: true, targets: {serviceAccounts: {names: [app], selector: {}}}",
      "default/builder",
      false
    },
    // which the CRD refuses, but perhaps an older one did not
    {
      "account label",
      "injectPods: true, targets: {serviceAccounts: {selector: {matchLabels: {acr: 'on'}}}}",
      "default/app",
      false
    },
    {
      "account expression that matches without labels",
      "injectPods: true, targets: {serviceAccounts: {selector: {matchExpressions: [{key: acr, operator: DoesNotExist}]}}}",
      "default/app",
      false
    },
    {
      "account name and label",
      "injectPods: true, targets: {serviceAccounts: {names: [app], selector: {matchLabels: {acr: 'on'}}}}",
      "default/app",
      false
    },
  };

  /** These, and those of {@link CoverageCases} that do not depend on more than a pod shows. */
  public static final List<Case> ALL =
      Stream.concat(
              IntStream.range(0, CASES.length)
                  .mapToObj(
                      i ->
                          new Case(
                              (String) CASES[i][0],
                              "pod-" + i,
                              (String) CASES[i][1],
                              CoverageCases.account((String) CASES[i][2]),
                              (boolean) CASES[i][3])),
              CoverageCases.ALL.stream()
                  .filter(each -> isAboutPodsToo(each.spec(), each.account()))
                  .map(PodCoverageCases::injecting))
          .toList();

  private static boolean isAboutPodsToo(String spec, Account account) {
    boolean selectsAccountsByLabels = spec.matches(".*serviceAccounts: \\{[^}]*selector.*");
    return !selectsAccountsByLabels
        && !account.name().endsWith("-")
        && !spec.contains("bindAtCreation");
  }

  private static Case injecting(Case each) {
    return new Case(
        each.title(),
        each.policyName(),
        each.spec().isEmpty() ? "injectPods: true" : each.spec() + ", injectPods: true",
        each.account(),
        each.covered());
  }
}
