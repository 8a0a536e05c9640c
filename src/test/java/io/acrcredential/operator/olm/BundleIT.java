// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.olm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.dsl.NamespaceableResource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Validates bundle and catalog with the code of the Operator Framework and an API server. */
class BundleIT {

  private static final String CSV =
      "bundle/manifests/acr-credential-operator.clusterserviceversion.yaml";

  @TempDir private Path folder;

  @Test
  void passesTheValidationOfTheOperatorFramework() throws Exception {
    CommandResult result = verify(Bundle.HOME.toString());

    assertThat(result.exit).as(result.text).isZero();
    assertThat(result.text)
        .contains("acr-credential-operator alpha acr-credential-operator.v")
        .doesNotContain("level=error");
  }

  /** The program of the framework always exits with 0; {@code dev/verify-bundle} must not. */
  @Test
  void validationRejectsABrokenBundle() throws Exception {
    // given
    BundleTest.copy(Bundle.HOME, folder);
    ObjectNode csv = Yaml.document(folder.resolve(CSV));
    ((ObjectNode) csv.get("spec")).remove("installModes");
    ((ObjectNode) csv.at("/spec/customresourcedefinitions/owned/0")).put("kind", "Other");
    Files.writeString(folder.resolve(CSV), Yaml.write(csv));

    // when
    CommandResult result = verify(folder.toString());

    // then
    assertThat(result.exit).as(result.text).isEqualTo(1);
  }

  @Test
  void validationRejectsAnUpgradeFromAnUnknownVersion() throws Exception {
    // given
    BundleTest.copy(Bundle.HOME, folder);
    Path channel = folder.resolve("catalog/acr-credential-operator/channel.yaml");
    ObjectNode broken = Yaml.document(channel);
    ((ObjectNode) broken.at("/entries/0")).put("replaces", "acr-credential-operator.v0.0.9");
    ((com.fasterxml.jackson.databind.node.ArrayNode) broken.get("entries"))
        .addObject()
        .put("name", "acr-credential-operator.v9.9.9");
    Files.writeString(channel, Yaml.write(broken));

    // when
    CommandResult result = verify(folder.toString());

    // then
    assertThat(result.exit).as(result.text).isEqualTo(1);
    assertThat(result.text).contains("v9.9.9");
  }

  @Test
  void validationAcceptsTheUpgradeEdge() throws Exception {
    // given
    BundleTest.copy(Bundle.HOME, folder);
    Bundle.ofRepository("98.0.0").write(folder);
    Bundle.ofRepository("99.0.0").write(folder);

    // when
    CommandResult result = verify(folder.toString());

    // then
    assertThat(result.exit).as(result.text).isZero();
    assertThat(result.text)
        .contains("acr-credential-operator.v99.0.0 replaces=acr-credential-operator.v98.0.0");
  }

  @Test
  @RequiresRealCluster
  void apiServerAcceptsEveryField() throws Exception {
    CommandResult definition = verify("--definition");
    assertThat(definition.exit).as(definition.text).isZero();
    try (KubeCluster cluster = KubeCluster.start()) {
      // given
      KubernetesClient client = cluster.client();
      Manifests.create(client, Manifests.read(Path.of(definition.text.strip())));
      Manifests.create(client, Manifests.shipped("crd.yaml"));
      ObjectNode csv = Yaml.document(Bundle.HOME.resolve(CSV));

      // when / then
      assertThat(dryRun(client, csv)).isNotNull();
      JsonNode examples =
          new ObjectMapper().readTree(csv.at("/metadata/annotations/alm-examples").asText());
      assertThat(examples).hasSizeGreaterThan(5);
      for (JsonNode example : examples) {
        assertThat(dryRun(client, example)).isNotNull();
      }

      // and a field that OLM does not know
      ((ObjectNode) csv.get("spec")).put("minKubeVersoin", "1.16.0");
      assertThatThrownBy(() -> dryRun(client, csv)).hasMessageContaining("minKubeVersoin");
    }
  }

  private static HasMetadata dryRun(KubernetesClient client, JsonNode object) {
    NamespaceableResource<HasMetadata> resource = client.resource(object.toString());
    var placed =
        object.path("kind").asText().equals("ClusterServiceVersion")
            ? resource.inNamespace("default")
            : resource;
    return placed.dryRun(true).fieldValidation(FieldValidateable.Validation.STRICT).create();
  }

  private record CommandResult(int exit, String text) {}

  private static CommandResult verify(String... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("bash", "dev/verify-bundle"));
    line.addAll(List.of(arguments));
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exit = process.waitFor();
    assumeFalse(exit == 3, () -> "needs the Operator Framework's programs: " + text);
    return new CommandResult(exit, text);
  }
}
