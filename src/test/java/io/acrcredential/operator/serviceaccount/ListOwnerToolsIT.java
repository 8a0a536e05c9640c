// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.serviceaccount;

import static io.acrcredential.operator.testkit.OperatorTestEnvironment.PULL_SECRET;
import static org.assertj.core.api.Assertions.assertThat;

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
 * Helm and kubectl install a ServiceAccount with a list of its own, the operator binds it, and they
 * upgrade it without and with a change: nothing is refused, and no entry is lost.
 */
@RequiresRealCluster
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ListOwnerToolsIT {

  private static final Path HELM_4 = Path.of("dev", "helm").toAbsolutePath();

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
                .formatted(ListOwnerToolsIT.HELM_4, namespace, list));
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
    };

    /** Installs or upgrades the ServiceAccount app with this one entry of its own. */
    abstract void apply(String namespace, String list);
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

  private static void installBindAndUpgrade(Tool tool, String mode) {
    // given
    String namespace = mode + "-" + tool.name().toLowerCase(Locale.ROOT).replace('_', '-');
    env.createNamespace(namespace, Map.of("tools", "on"));
    env.awaitBound(namespace, "default");

    // when
    tool.apply(namespace, "own");
    awaitEntries(namespace, "own", PULL_SECRET);
    tool.apply(namespace, "own");
    awaitEntries(namespace, "own", PULL_SECRET);
    tool.apply(namespace, "other");

    // then
    awaitEntries(namespace, "other", PULL_SECRET);
  }

  /** The order does not matter to kubelet, and some tools insert before what others appended. */
  private static void awaitEntries(String namespace, String... entries) {
    Awaits.soon()
        .untilAsserted(
            () ->
                assertThat(env.imagePullSecrets(namespace, "app"))
                    .containsExactlyInAnyOrder(entries));
  }

  private static String manifest(String list) {
    try {
      Files.writeString(folder.resolve(list + ".yaml"), account(list));
      return list + ".yaml";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String account(String list) {
    return """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: app
          labels: {app: demo}
        imagePullSecrets:
          - name: %s
        """
        .formatted(list);
  }

  private static String run(String command) {
    return DocPage.run(
        command, folder, env.kube, Map.of("KUBECACHEDIR", folder.resolve("cache").toString()));
  }
}
