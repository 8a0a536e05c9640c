// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.install;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A new permission of the operator needs a change of this list and a reason in its review. */
class RbacTest {

  private static final String OWN = "acr-credential-operator";

  /** The empty group is the core group; the empty name is any name. */
  private record Right(String scope, String group, String resource, String verb, String name) {}

  @Test
  void grantsTheOperatorExactlyTheseRights() {
    // given
    Set<Right> frozen =
        frozen(
            """
            cluster     | acrcredential.io    | acrcredentialpolicies            | get list watch patch create
            cluster     | acrcredential.io    | acrcredentialpolicies            | update delete                       | acr-configuration
            cluster     | acrcredential.io    | acrcredentialpolicies/status     | patch
            cluster     | acrcredential.io    | acrcredentialpolicies/finalizers | update
            cluster     |                     | secrets                          | get list watch patch update delete  | acr-credential-secret-aggregation
            cluster     |                     | secrets                          | create
            cluster     |                     | serviceaccounts                  | get list watch patch
            cluster     |                     | namespaces                       | get list watch
            cluster     |                     | nodes                            | list
            cluster     |                     | events                           | create
            own         |                     | secrets                          | get list watch
            own         |                     | secrets                          | get list watch update delete        | acr-configuration-keys
            own         | coordination.k8s.io | leases                           | create
            own         | coordination.k8s.io | leases                           | get patch                           | acr-credential-operator
            kube-system |                     | secrets                          | get list watch                      | alibaba-addon-secret
            kube-system |                     | configmaps                       | get list watch                      | acr-configuration
            kube-system | apps                | deployments                      | get list watch                      | aliyun-acr-credential-helper
            kube-system | coordination.k8s.io | leases                           | create
            kube-system | coordination.k8s.io | leases                           | get update delete                   | acr-credential-secret-aggregation-owner
            """);
    IntStream.range(0, 8)
        .mapToObj(i -> "own | | secrets | get update | acr-credential-state-" + i)
        .forEach(line -> frozen.addAll(frozen(line)));

    // then
    assertThat(shipped("rbac.yaml")).containsExactlyInAnyOrderElementsOf(frozen);
  }

  @Test
  void grantsTheCleanupExactlyTheseRights() {
    // given
    Set<Right> frozen =
        frozen(
            """
            cluster     | acrcredential.io    | acrcredentialpolicies            | get list patch delete
            cluster     | acrcredential.io    | acrcredentialpolicies/status     | patch
            cluster     |                     | secrets                          | get list patch delete               | acr-credential-secret-aggregation
            cluster     |                     | serviceaccounts                  | get list patch
            own         |                     | secrets                          | get delete                          | acr-configuration-keys
            own         |                     | secrets                          | get delete                          | acr-credential-webhook
            own         | coordination.k8s.io | leases                           | create
            own         | coordination.k8s.io | leases                           | get patch                           | acr-credential-operator
            kube-system | apps                | deployments                      | get                                 | aliyun-acr-credential-helper
            kube-system | coordination.k8s.io | leases                           | create
            kube-system | coordination.k8s.io | leases                           | get update delete                   | acr-credential-secret-aggregation-owner
            """);
    IntStream.range(0, 8)
        .mapToObj(i -> "own | | secrets | get delete | acr-credential-state-" + i)
        .forEach(line -> frozen.addAll(frozen(line)));

    // then
    assertThat(shipped("cleanup.yaml")).containsExactlyInAnyOrderElementsOf(frozen);
  }

  @Test
  void grantsTheWebhookExactlyTheseRights() {
    assertThat(shipped("admission-webhook/rbac.yaml"))
        .containsExactlyInAnyOrderElementsOf(
            frozen(
                """
                cluster | admissionregistration.k8s.io | mutatingwebhookconfigurations | get list watch patch  | acr-credential-operator
                own     |                              | secrets                       | get list watch update | acr-credential-webhook
                """));
  }

  @Test
  void grantsTheseRightsOnPodsOnlyByTheirOwnManifest() {
    // given
    Set<Right> frozen =
        frozen(
            """
            cluster     |                     | pods                             | list watch
            cluster     |                     | pods/eviction                    | create
            """);

    // then
    assertThat(shipped("stuck-pods/rbac.yaml")).containsExactlyInAnyOrderElementsOf(frozen);
  }

  /** {@code -Dgolden.update=true} rewrites the tables. */
  @ParameterizedTest
  @ValueSource(strings = {"docs/threat-model.md", "docs/zh/threat-model.md"})
  void everyRuleIsDocumented(String page) throws IOException {
    // given
    String begin = "<!-- rbac: written by RbacTest -->\n";
    String text = Files.readString(Path.of(page));
    int start = text.indexOf(begin) + begin.length();
    int end = text.indexOf("<!-- /rbac -->");
    assertThat(start).isBetween(begin.length(), end);
    List<String> table = text.substring(start, end).lines().toList();
    List<String> header = table.subList(0, 2);

    // when
    List<String> rules = documentedRules();
    if (Boolean.getBoolean("golden.update")) {
      String written =
          Stream.concat(header.stream(), rules.stream()).collect(Collectors.joining("\n"));
      Files.writeString(
          Path.of(page), text.substring(0, start) + written + "\n" + text.substring(end));
      table = Stream.concat(header.stream(), rules.stream()).toList();
    }

    // then
    assertThat(table.subList(2, table.size())).containsExactlyElementsOf(rules);
  }

  private static List<String> documentedRules() {
    List<String> rules = new ArrayList<>();
    for (String file :
        List.of("rbac.yaml", "admission-webhook/rbac.yaml", "stuck-pods/rbac.yaml")) {
      for (ClusterRole role : RbacManifests.load(file, ClusterRole.class)) {
        role.getRules().forEach(rule -> rules.add(documented(file, "cluster", rule)));
      }
      for (Role role : RbacManifests.load(file, Role.class)) {
        String namespace = role.getMetadata().getNamespace();
        role.getRules().forEach(rule -> rules.add(documented(file, namespace, rule)));
      }
    }
    return rules;
  }

  private static String documented(String file, String scope, PolicyRule rule) {
    String group = rule.getApiGroups().get(0);
    return Stream.of(
            code(List.of(scope)),
            code(
                rule.getResources().stream()
                    .map(resource -> group.isEmpty() ? resource : resource + "." + group)
                    .toList()),
            code(rule.getResourceNames()),
            String.join(" ", rule.getVerbs()),
            code(List.of(file)))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  private static String code(List<String> words) {
    return words.isEmpty()
        ? "*"
        : words.stream().map(word -> "`" + word + "`").collect(Collectors.joining(" "));
  }

  /** Tenants see what covers them; to write a policy is to spend the configured identities. */
  @Test
  void viewersReadPoliciesAndNothingElse() {
    assertThat(shipped("aggregated-roles.yaml"))
        .isEqualTo(frozen("cluster | acrcredential.io | acrcredentialpolicies | get list watch"));
    assertThat(RbacManifests.load("aggregated-roles.yaml", ClusterRole.class))
        .singleElement()
        .satisfies(
            role ->
                assertThat(role.getMetadata().getLabels())
                    .containsEntry("rbac.authorization.k8s.io/aggregate-to-view", "true")
                    .containsEntry("rbac.authorization.k8s.io/aggregate-to-edit", "true")
                    .containsEntry("rbac.authorization.k8s.io/aggregate-to-admin", "true"));
  }

  private static Set<Right> shipped(String file) {
    return Stream.concat(
            RbacManifests.load(file, ClusterRole.class).stream()
                .flatMap(role -> rights("cluster", role.getRules())),
            RbacManifests.load(file, Role.class).stream()
                .flatMap(role -> rights(scope(role), role.getRules())))
        .collect(Collectors.toSet());
  }

  @Test
  void grantsNoWildcardAndReadsForeignSecretsByNameOnly() {
    // given
    List<PolicyRule> cluster = RbacManifests.load("rbac.yaml", ClusterRole.class).get(0).getRules();
    List<Role> roles = RbacManifests.load("rbac.yaml", Role.class);

    // then
    Stream.concat(cluster.stream(), roles.stream().flatMap(role -> role.getRules().stream()))
        .forEach(
            rule -> {
              assertThat(rule.getApiGroups()).doesNotContain("*");
              assertThat(rule.getResources()).doesNotContain("*").noneMatch(r -> r.contains("*"));
              assertThat(rule.getVerbs()).doesNotContain("*", "impersonate", "bind", "escalate");
              assertThat(rule.getNonResourceURLs()).isEmpty();
            });
    Stream.concat(
            cluster.stream(),
            roles.stream()
                .filter(role -> !scope(role).equals("own"))
                .flatMap(role -> role.getRules().stream()))
        .filter(rule -> rule.getResources().contains("secrets"))
        .filter(rule -> !rule.getVerbs().equals(List.of("create")))
        .forEach(rule -> assertThat(rule.getResourceNames()).isNotEmpty());
  }

  @Test
  void bindsEveryRoleToTheOperatorOnly() {
    assertBoundToNobodyBut(OWN, "rbac.yaml");
  }

  @Test
  void bindsEveryCleanupRoleToItsJobOnly() {
    assertBoundToNobodyBut(OWN + "-cleanup", "cleanup.yaml");
  }

  private static void assertBoundToNobodyBut(String name, String file) {
    // given
    Subject operator = new Subject(null, "ServiceAccount", name, OWN);

    // when
    List<ClusterRoleBinding> clusterBindings = RbacManifests.load(file, ClusterRoleBinding.class);
    List<RoleBinding> bindings = RbacManifests.load(file, RoleBinding.class);

    // then
    assertThat(clusterBindings)
        .singleElement()
        .satisfies(
            binding -> {
              assertThat(binding.getSubjects()).containsExactly(operator);
              assertThat(binding.getRoleRef()).isEqualTo(ref("ClusterRole", name));
            });
    assertThat(bindings)
        .extracting(binding -> binding.getMetadata().getNamespace())
        .containsExactlyInAnyOrder(OWN, "kube-system");
    assertThat(bindings)
        .allSatisfy(
            binding -> {
              assertThat(binding.getSubjects()).containsExactly(operator);
              assertThat(binding.getRoleRef()).isEqualTo(ref("Role", name));
            });
  }

  private static RoleRef ref(String kind, String name) {
    return new RoleRef("rbac.authorization.k8s.io", kind, name);
  }

  private static String scope(Role role) {
    String namespace = role.getMetadata().getNamespace();
    return namespace.equals(OWN) ? "own" : namespace;
  }

  private static Stream<Right> rights(String scope, List<PolicyRule> rules) {
    return rules.stream()
        .flatMap(
            rule ->
                rule.getApiGroups().stream()
                    .flatMap(
                        group ->
                            rule.getResources().stream()
                                .flatMap(
                                    resource ->
                                        rule.getVerbs().stream()
                                            .flatMap(
                                                verb ->
                                                    names(rule)
                                                        .map(
                                                            name ->
                                                                new Right(
                                                                    scope, group, resource, verb,
                                                                    name))))));
  }

  private static Stream<String> names(PolicyRule rule) {
    return rule.getResourceNames().isEmpty() ? Stream.of("") : rule.getResourceNames().stream();
  }

  private static Set<Right> frozen(String table) {
    return table
        .lines()
        .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
        .flatMap(
            cells ->
                Arrays.stream(cells.get(3).split(" "))
                    .map(
                        verb ->
                            new Right(
                                cells.get(0),
                                cells.get(1),
                                cells.get(2),
                                verb,
                                cells.size() > 4 ? cells.get(4) : "")))
        .collect(Collectors.toCollection(java.util.HashSet::new));
  }
}
