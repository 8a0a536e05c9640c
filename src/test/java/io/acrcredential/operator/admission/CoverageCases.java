// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.index.PolicyIndex;
import io.acrcredential.operator.policy.PolicyCompiler;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Named cases of which policies cover which ServiceAccounts. */
public final class CoverageCases {

  /** A ServiceAccount; a name that ends in - is made up by the API server. */
  public record Account(String namespace, String name, Map<String, String> labels) {}

  /** A policy, a ServiceAccount, and whether the one covers the other. */
  public record Case(
      String title, String policyName, String spec, Account account, boolean covered) {

    public AcrCredentialPolicy policy() {
      return CoverageCases.policy(policyName, spec);
    }

    @Override
    public String toString() {
      return title;
    }
  }

  /** The namespaces of the cases, with their labels, beside those that every cluster has. */
  public static final Map<String, Map<String, String>> NAMESPACES =
      Map.of(
          "team-a",
          Map.of("acr", "on", "team", "a"),
          "team-b",
          Map.of("acr", "off", "example.com/tier", "gold"),
          "plain",
          Map.of(),
          "empty-value",
          Map.of("acr", "", "team", "b"),
          AdmissionManifest.EXCLUDED,
          Map.of("acr", "on"));

  private CoverageCases() {}

  /**
   * Creates the {@link #NAMESPACES}.
   *
   * @return the labels that they have then, and those of default and kube-system, by name
   */
  public static Map<String, Map<String, String>> createNamespaces(KubernetesClient client) {
    Map<String, Map<String, String>> created = new TreeMap<>();
    NAMESPACES.forEach(
        (name, labels) -> {
          Namespace namespace =
              new NamespaceBuilder()
                  .withNewMetadata()
                  .withName(name)
                  .withLabels(labels)
                  .endMetadata()
                  .build();
          created.put(name, labels(client.resource(namespace).create()));
        });
    for (String existing : List.of("default", "kube-system")) {
      created.put(existing, labels(client.namespaces().withName(existing).get()));
    }
    return created;
  }

  private static Map<String, String> labels(Namespace namespace) {
    return Optional.ofNullable(namespace.getMetadata().getLabels()).orElse(Map.of());
  }

  /** The operator's index of this policy and these namespaces. */
  static PolicyIndex index(
      AcrCredentialPolicy policy, Map<String, Map<String, String>> namespaces) {
    PolicyIndex index = new PolicyIndex();
    index.put(new PolicyCompiler(Optional::empty).compile(policy));
    namespaces.forEach(
        (name, labels) -> {
          if (!name.equals(AdmissionManifest.EXCLUDED)) {
            index.putNamespace(name, labels);
          }
        });
    return index;
  }

  private static final String MANY =
      IntStream.range(0, 1_023).mapToObj("n%d, "::formatted).collect(Collectors.joining());

  /**
   * What is tested; the spec in flow style, after registries; namespace/name of the ServiceAccount
   * with its labels; whether it is covered.
   */
  private static final Object[][] CASES = {
    // defaults
    {"no targets", "", "default/default", true},
    {"no targets, other name", "", "default/app", false},
    {"no targets, other namespace", "", "team-a/default", false},
    {"empty targets", "targets: {}", "default/default", true},
    {"empty namespaces", "targets: {namespaces: {}}", "default/default", true},
    {"empty names", "targets: {namespaces: {names: []}}", "default/default", true},
    {"empty service accounts", "targets: {serviceAccounts: {}}", "default/default", true},
    // names
    {"name", "targets: {namespaces: {names: [team-a]}}", "team-a/default", true},
    {"another name", "targets: {namespaces: {names: [team-a]}}", "team-b/default", false},
    {"star", "targets: {namespaces: {names: ['*']}}", "plain/default", true},
    {"star among names", "targets: {namespaces: {names: [x, '*']}}", "plain/default", true},
    {"account name", "targets: {serviceAccounts: {names: [app.one]}}", "default/app.one", true},
    {"account star", "targets: {serviceAccounts: {names: ['*']}}", "default/app", true},
    {"star is no prefix", "targets: {serviceAccounts: {names: [ap]}}", "default/app", false},
    // exclusions
    {
      "excluded by the policy",
      "targets: {namespaces: {names: ['*'], exclude: [team-a]}}",
      "team-a/default",
      false
    },
    {
      "excluded although named",
      "targets: {namespaces: {names: [team-a], exclude: [team-a]}}",
      "team-a/default",
      false
    },
    {
      "others are not excluded",
      "targets: {namespaces: {names: ['*'], exclude: [x]}}",
      "plain/default",
      true
    },
    {
      "excluded by the operator", "targets: {namespaces: {names: ['*']}}", "excluded/default", false
    },
    // selectors of namespaces
    {"empty selector", "targets: {namespaces: {selector: {}}}", "plain/default", true},
    {
      "label",
      "targets: {namespaces: {selector: {matchLabels: {acr: 'on'}}}}",
      "team-a/default",
      true
    },
    {
      "label, other value",
      "targets: {namespaces: {selector: {matchLabels: {acr: 'on'}}}}",
      "team-b/default",
      false
    },
    {
      "label, absent",
      "targets: {namespaces: {selector: {matchLabels: {acr: 'on'}}}}",
      "plain/default",
      false
    },
    {
      "label, empty value",
      "targets: {namespaces: {selector: {matchLabels: {acr: ''}}}}",
      "empty-value/default",
      true
    },
    {
      "empty value is not absence",
      "targets: {namespaces: {selector: {matchLabels: {acr: ''}}}}",
      "plain/default",
      false
    },
    {
      "label of Kubernetes",
      "targets: {namespaces: {selector: {matchLabels: {kubernetes.io/metadata.name: plain}}}}",
      "plain/default",
      true
    },
    {
      "In",
      "targets: {namespaces: {selector: {matchExpressions: [{key: acr, operator: In, values: [x, 'on']}]}}}",
      "team-a/default",
      true
    },
    {
      "In, absent",
      "targets: {namespaces: {selector: {matchExpressions: [{key: acr, operator: In, values: ['on']}]}}}",
      "plain/default",
      false
    },
    {
      "NotIn",
      "targets: {namespaces: {selector: {matchExpressions: [{key: acr, operator: NotIn, values: ['on']}]}}}",
      "team-a/default",
      false
    },
    {
      "NotIn, absent",
      "targets: {namespaces: {selector: {matchExpressions: [{key: acr, operator: NotIn, values: ['on']}]}}}",
      "plain/default",
      true
    },
    {
      "Exists",
      "targets: {namespaces: {selector: {matchExpressions: [{key: example.com/tier, operator: Exists}]}}}",
      "team-b/default",
      true
    },
    {
      "Exists, empty value",
      "targets: {namespaces: {selector: {matchExpressions: [{key: acr, operator: Exists}]}}}",
      "empty-value/default",
      true
    },
    {
      "DoesNotExist",
      "targets: {namespaces: {selector: {matchExpressions: [{key: acr, operator: DoesNotExist}]}}}",
      "plain/default",
      true
    },
    {
      "all expressions",
      "targets: {namespaces: {selector: {matchLabels: {acr: 'on'}, matchExpressions: [{key: team, operator: In, values: [b]}]}}}",
      "team-a/default",
      false
    },
    {
      "name and selector",
      "targets: {namespaces: {names: [team-a, plain], selector: {matchLabels: {acr: 'on'}}}}",
      "plain/default",
      false
    },
    // selectors of ServiceAccounts
    {
      "account label",
      "targets: {serviceAccounts: {selector: {matchLabels: {acr: 'on'}}}}",
      "default/app acr=on",
      true
    },
    {
      "account label, absent",
      "targets: {serviceAccounts: {selector: {matchLabels: {acr: 'on'}}}}",
      "default/app",
      false
    },
    {
      "account NotIn, absent",
      "targets: {serviceAccounts: {selector: {matchExpressions: [{key: acr, operator: NotIn, values: [x]}]}}}",
      "default/app",
      true
    },
    {
      "account name and selector",
      "targets: {serviceAccounts: {names: [app], selector: {matchLabels: {acr: 'on'}}}}",
      "default/app acr=off",
      false
    },
    // names that the API server makes up
    {"generated name, star", "targets: {serviceAccounts: {names: ['*']}}", "default/job-", true},
    {"generated name, named", "targets: {serviceAccounts: {names: [job]}}", "default/job-", false},
    {"generated name, default", "", "default/default-", false},
    {
      "generated name, selector", "targets: {serviceAccounts: {selector: {}}}", "default/job-", true
    },
    // switches
    {"suspended", "suspend: true", "default/default", false},
    {"not at creation", "bindAtCreation: false", "default/default", false},
    {"at creation", "bindAtCreation: true, suspend: false", "default/default", true},
    {"Replace", "binding: Replace", "default/default", true},
    // limits
    {"1,024 names", "targets: {namespaces: {names: [%splain]}}", "plain/default", true},
    {
      "1,024 names without it", "targets: {namespaces: {names: [%splain]}}", "team-a/default", false
    },
  };

  /** All cases. */
  public static final List<Case> ALL =
      IntStream.range(0, CASES.length)
          .mapToObj(
              i ->
                  new Case(
                      (String) CASES[i][0],
                      "case-" + i,
                      ((String) CASES[i][1]).replace("%s", MANY),
                      account((String) CASES[i][2]),
                      (boolean) CASES[i][3]))
          .toList();

  /**
   * @param text namespace/name, then labels as key=value, separated by blanks
   */
  public static Account account(String text) {
    String[] words = text.split("[/ ]");
    Map<String, String> labels = new HashMap<>();
    for (int i = 2; i < words.length; i++) {
      labels.put(words[i].split("=")[0], words[i].split("=")[1]);
    }
    return new Account(words[0], words[1], labels);
  }

  /**
   * @param spec in flow style, after registries
   */
  public static AcrCredentialPolicy policy(String name, String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: acrcredential.io/v1alpha1
        kind: AcrCredentialPolicy
        metadata: {name: %s}
        spec: {registries: [{instanceId: cri-abc, region: cn-hangzhou}]%s}
        """
            .formatted(name, spec.isEmpty() ? "" : ", " + spec),
        AcrCredentialPolicy.class);
  }
}
