// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.marcnuri.helm.Helm;
import io.acrcredential.operator.admission.AdmissionManifest;
import io.acrcredential.operator.testkit.Awaits;
import io.acrcredential.operator.testkit.DocPage;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Helm, kubectl, Flux and Argo CD install a ServiceAccount with a list of its own, the operator
 * binds it, and they upgrade it without and with a change: nothing is refused, and no entry is
 * lost. Helm 4 is skipped where it cannot be built, Flux and Argo CD where {@code dev/gitops-apply
 * build} was not run: it takes minutes.
 */
@RequiresRealCluster
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ListOwnerToolsIT {

  private static final Path HELM = Path.of("dev", "helm").toAbsolutePath();
  private static final Path GITOPS = Path.of("dev", "gitops-apply").toAbsolutePath();

  /** The exit code of both where the tool is not there. */
  private static final int UNAVAILABLE = 3;

  private static final String BOTH = "own," + PULL_SECRET;
  private static final String NO_LIST = "none";
  private static final String IGNORE = "--ignore-pull-secrets";

  private static OperatorTestEnvironment env;
  @TempDir private static Path folder;

  private enum Tool {
    /** The library of Helm 3. */
    HELM_3 {
      @Override
      void apply(String namespace, String list) {
        new Helm(folder.resolve("chart"))
            .upgrade()
            .install()
            .withName("app")
            .withNamespace(namespace)
            .withKubeConfig(env.kube.kubeconfig())
            .set("list", list)
            .call();
      }
    },
    /** It applies on the server, and without force. */
    HELM_4 {
      @Override
      void apply(String namespace, String list) {
        run(
            "%s upgrade --install app chart --namespace %s --set list=%s"
                .formatted(HELM, namespace, list));
      }

      @Override
      void requireAvailable() {
        require("%s version".formatted(HELM));
      }
    },
    KUBECTL_CLIENT_SIDE {
      @Override
      void apply(String namespace, String list) {
        run("kubectl -n %s apply -f %s".formatted(namespace, manifest(list)));
      }
    },
    KUBECTL_SERVER_SIDE {
      @Override
      void apply(String namespace, String list) {
        run("kubectl -n %s apply --server-side -f %s".formatted(namespace, manifest(list)));
      }
    },
    FLUX("flux", ""),
    ARGO_CD("argocd", ""),
    ARGO_CD_SERVER_SIDE("argocd", "--server-side");

    private final String program;
    private final String options;

    Tool() {
      this("", "");
    }

    /**
     * @param program of {@code dev/gitops-apply}; empty = it is not of these
     */
    Tool(String program, String options) {
      this.program = program;
      this.options = options;
    }

    /** Installs or upgrades the ServiceAccount app with this one entry of its own, or none. */
    void apply(String namespace, String list) {
      gitops("apply", manifest(list), namespace, "");
    }

    String gitops(String verb, String manifest, String namespace, String option) {
      return run(
          "%s %s %s %s %s %s %s"
              .formatted(GITOPS, program, verb, manifest, namespace, options, option));
    }

    void requireAvailable() {
      if (!program.isEmpty()) {
        require("%s where".formatted(GITOPS));
      }
    }
  }

  /**
   * How a GitOps tool compares Git with the cluster, and whether it reports a difference for a list
   * in Git that lacks the operator's entry. It applies the manifest again if it does, at each
   * reconciliation.
   */
  private enum Comparison {
    FLUX(Tool.FLUX, "", true, false),
    FLUX_IGNORE(Tool.FLUX, IGNORE, false, false),
    ARGO_CD(Tool.ARGO_CD, "", true, true),
    ARGO_CD_IGNORE(Tool.ARGO_CD, IGNORE, false, false),
    ARGO_CD_SERVER_SIDE(Tool.ARGO_CD_SERVER_SIDE, "", true, false),
    ARGO_CD_SERVER_SIDE_IGNORE(Tool.ARGO_CD_SERVER_SIDE, IGNORE, false, false);

    private final Tool tool;
    private final String option;
    private final boolean differsWithoutAdmissionPolicy;
    private final boolean differsWithAdmissionPolicy;

    Comparison(Tool tool, String option, boolean without, boolean with) {
      this.tool = tool;
      this.option = option;
      this.differsWithoutAdmissionPolicy = without;
      this.differsWithAdmissionPolicy = with;
    }

    String run(String manifest, String namespace) {
      return tool.gitops("diff", manifest, namespace, option).strip();
    }

    static String expected(boolean differs) {
      return differs ? "out of sync" : "in sync";
    }
  }

  @BeforeAll
  static void start() throws IOException {
    env = OperatorTestEnvironment.createOnNewCluster(setup -> {});
    Path templates = Files.createDirectories(folder.resolve("chart/templates"));
    Files.writeString(
        folder.resolve("chart/Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    Files.writeString(templates.resolve("account.yaml"), account("{{ .Values.list }}"));
    env.createPolicy(
        "tools",
        """
        registries: [{instanceId: cri-abc}]
        targets:
          namespaces: {selector: {matchLabels: {tools: "on"}}}
          serviceAccounts: {names: ["*"]}
        """);
    env.startOperator();
  }

  @AfterAll
  static void stop() {
    if (env != null) {
      env.close();
    }
  }

  @Order(1)
  @ParameterizedTest
  @EnumSource
  void withoutAdmissionPolicy(Tool tool) {
    installBindAndUpgrade(tool, "watch");
  }

  @Order(2)
  @ParameterizedTest
  @EnumSource
  void comparesWithoutAdmissionPolicy(Comparison comparison) {
    compare(comparison, "watch", comparison.differsWithoutAdmissionPolicy);
  }

  @Order(3)
  @ParameterizedTest
  @EnumSource
  void withAdmissionPolicy(Tool tool) {
    // given
    if (tool == Tool.values()[0]) {
      env.createNamespace("before", Map.of("tools", "on"));
      Manifests.create(env.client, AdmissionManifest.strict());
      AdmissionManifest.awaitEntry(env.client, "before", PULL_SECRET);
    }

    // then
    installBindAndUpgrade(tool, "admission");
  }

  @Order(4)
  @ParameterizedTest
  @EnumSource
  void comparesWithAdmissionPolicy(Comparison comparison) {
    compare(comparison, "admission", comparison.differsWithAdmissionPolicy);
  }

  private static void installBindAndUpgrade(Tool tool, String mode) {
    // given
    tool.requireAvailable();
    String namespace = createNamespace(mode, tool);

    // when
    tool.apply(namespace, "own");
    awaitEntries(namespace, "own", PULL_SECRET);
    tool.apply(namespace, "own");
    awaitEntries(namespace, "own", PULL_SECRET);
    tool.apply(namespace, "other");

    // then
    awaitEntries(namespace, "other", PULL_SECRET);
  }

  private static void compare(Comparison comparison, String mode, boolean differs) {
    // given
    comparison.tool.requireAvailable();
    String namespace = createNamespace(mode + "-diff", comparison);

    // when Git has a list of its own
    comparison.tool.apply(namespace, "own");
    awaitEntries(namespace, "own", PULL_SECRET);

    // then
    assertThat(comparison.run(manifest("own"), namespace)).isEqualTo(Comparison.expected(differs));

    // when it has the operator's entry too
    comparison.tool.apply(namespace, BOTH);
    awaitEntries(namespace, "own", PULL_SECRET);

    // then
    assertThat(comparison.run(manifest(BOTH), namespace)).isEqualTo(Comparison.expected(false));

    // when it has no list
    env.client.serviceAccounts().inNamespace(namespace).withName("app").delete();
    comparison.tool.apply(namespace, NO_LIST);
    awaitEntries(namespace, PULL_SECRET);

    // then
    assertThat(comparison.run(manifest(NO_LIST), namespace)).isEqualTo(Comparison.expected(false));
    comparison.tool.apply(namespace, NO_LIST);
    awaitEntries(namespace, PULL_SECRET);
  }

  /** The operator adds a finalizer and a status, the API server the defaults of the schema. */
  @Order(5)
  @ParameterizedTest
  @EnumSource
  void policyInGitStaysInSync(Comparison comparison) throws IOException {
    // given
    comparison.tool.requireAvailable();
    String name = comparison.name().toLowerCase(Locale.ROOT).replace('_', '-');
    Files.writeString(
        folder.resolve("policy.yaml"),
        """
        apiVersion: acrcredential.io/v1alpha1
        kind: AcrCredentialPolicy
        metadata: {name: %s}
        spec:
          registries: [{instanceId: cri-abc}]
          targets: {namespaces: {names: [default]}}
        """
            .formatted(name));

    // when
    comparison.tool.gitops("apply", "policy.yaml", "-", comparison.option);
    env.awaitReady(name);

    // then
    assertThat(comparison.run("policy.yaml", "-")).isEqualTo("in sync");
  }

  private static String createNamespace(String prefix, Enum<?> of) {
    String namespace = prefix + "-" + of.name().toLowerCase(Locale.ROOT).replace('_', '-');
    env.createNamespace(namespace, Map.of("tools", "on"));
    env.awaitBound(namespace, "default");
    return namespace;
  }

  /** The order does not matter to kubelet, and some tools insert before what others appended. */
  private static void awaitEntries(String namespace, String... entries) {
    Awaits.soon()
        .untilAsserted(
            () -> {
              assertThat(env.imagePullSecrets(namespace, "app")).containsExactlyInAnyOrder(entries);
              ListOwnerIT.assertListIsGivenBack(env.client, namespace, "app");
            });
  }

  private static String manifest(String list) {
    try {
      Files.writeString(folder.resolve(list + ".yaml"), account(list));
      return list + ".yaml";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param list names, separated by commas; may be {@link #NO_LIST}
   */
  private static String account(String list) {
    String account =
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: app
          labels: {app: demo}
        """;
    return list.equals(NO_LIST)
        ? account
        : account + "imagePullSecrets:\n" + list.replaceAll("([^,]+),?", "- name: $1\n");
  }

  /** Skips the test if the tool is not there. */
  private static void require(String command) {
    String output =
        run("%s || { [ $? = %d ] && echo unavailable; }".formatted(command, UNAVAILABLE));
    assumeTrue(!output.endsWith("unavailable\n"), output);
  }

  private static String run(String command) {
    return DocPage.run(
        command, folder, env.kube, Map.of("KUBECACHEDIR", folder.resolve("cache").toString()));
  }
}
