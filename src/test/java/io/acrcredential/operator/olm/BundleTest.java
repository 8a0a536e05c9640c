// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.olm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares the bundle in the repository with its sources. */
class BundleTest {

  private static final Path CSV =
      Bundle.HOME.resolve("bundle/manifests/acr-credential-operator.clusterserviceversion.yaml");
  private static final Path RBAC = Path.of("src/main/kubernetes/rbac.yaml");

  private static final String EVERY_SECRET_OF_THE_NAMESPACE =
      """
      {"apiGroups":[""],"resources":["secrets"],"verbs":["get","list","watch"]}\
      """;

  @TempDir private Path folder;

  @Test
  void equalsWhatItsSourcesGenerate() throws IOException {
    // given the catalog, which has the released versions
    copy(Bundle.HOME.resolve("catalog"), folder.resolve("catalog"));

    // when
    Bundle.ofRepository(pomVersion()).write(folder);

    // then
    for (String part : List.of("bundle/manifests", "catalog")) {
      assertThat(contents(Bundle.HOME.resolve(part)))
          .as("run dev/bundle after a change of base.yaml, the manifests, the examples or the POM")
          .isEqualTo(contents(folder.resolve(part)));
    }
  }

  @Test
  void hasTheRightsOfTheManifests() {
    // given
    List<String> cluster = new ArrayList<>();
    List<String> own = new ArrayList<>();
    for (ObjectNode object : Yaml.documents(RBAC)) {
      String namespace = object.at("/metadata/namespace").asText();
      (namespace.equals("acr-credential-operator") ? own : cluster).addAll(rules(object));
    }

    // when
    JsonNode install = Yaml.document(CSV).at("/spec/install/spec");

    // then
    assertThat(rules(install.at("/clusterPermissions/0"))).isEqualTo(cluster).isNotEmpty();
    assertThat(rules(install.at("/permissions/0")))
        .as("all but the right to read every Secret, which OLM would lift to the whole cluster")
        .hasSameSizeAs(own)
        .containsAll(
            own.stream().filter(rule -> !rule.equals(EVERY_SECRET_OF_THE_NAMESPACE)).toList());
    assertThat(own).contains(EVERY_SECRET_OF_THE_NAMESPACE);
    assertThat(install.findValuesAsText("serviceAccountName"))
        .containsOnly("acr-credential-operator");
  }

  /** OLM can't grant in one namespace only: it extends even {@code permissions} to the cluster. */
  @Test
  void readsByNameOnly() {
    // given
    JsonNode install = Yaml.document(CSV).at("/spec/install/spec");
    List<JsonNode> rules = new ArrayList<>();
    install.at("/clusterPermissions/0/rules").forEach(rules::add);
    install.at("/permissions/0/rules").forEach(rules::add);

    // then
    assertThat(rules)
        .filteredOn(
            rule -> rule.get("resources").toString().matches(".*(configmaps|deployments).*"))
        .isNotEmpty()
        .allSatisfy(rule -> assertThat(rule.path("resourceNames")).isNotEmpty());
    assertThat(rules)
        .filteredOn(rule -> rule.get("resources").toString().contains("secrets"))
        .filteredOn(rule -> !rule.get("verbs").toString().equals("[\"create\"]"))
        .flatExtracting(rule -> names(rule.path("resourceNames")))
        .containsOnly(
            "acr-credential-secret-aggregation",
            "alibaba-addon-secret",
            "acr-configuration-keys",
            "acr-credential-state-?");
  }

  /** The resourceNames of a rule; a rule without names grants all Secrets, shown by a marker. */
  private static List<String> names(JsonNode names) {
    List<String> found = new ArrayList<>();
    names.forEach(name -> found.add(name.asText().replaceAll("-[0-7]$", "-?")));
    return found.isEmpty() ? List.of("EVERY SECRET OF THE CLUSTER") : found;
  }

  @Test
  void replacesThePreviousRelease() {
    // when one is released after another, with a snapshot between them
    Bundle.ofRepository("0.9.0").write(folder);
    Bundle.ofRepository("0.10.0-SNAPSHOT").write(folder);
    Bundle.ofRepository("0.10.0").write(folder);
    Bundle.ofRepository("0.11.0").write(folder);

    // then
    Path catalog = folder.resolve("catalog/acr-credential-operator");
    assertThat(catalog.toFile().list())
        .containsExactlyInAnyOrder(
            "bundle-v0.9.0.yaml", "bundle-v0.10.0.yaml", "bundle-v0.11.0.yaml", "channel.yaml");
    assertThat(Yaml.document(catalog.resolve("channel.yaml")).get("entries"))
        .hasToString(
            """
            [{"name":"acr-credential-operator.v0.9.0"},\
            {"name":"acr-credential-operator.v0.10.0","replaces":"acr-credential-operator.v0.9.0"},\
            {"name":"acr-credential-operator.v0.11.0","replaces":"acr-credential-operator.v0.10.0",\
            "skipRange":">=0.0.0-0 <0.11.0"}]\
            """);
    assertThat(
            Yaml.document(folder.resolve("bundle/manifests").resolve(CSV.getFileName()))
                .at("/spec/replaces")
                .asText())
        .isEqualTo("acr-credential-operator.v0.10.0");
  }

  @Test
  void installsTheImageOfTheRelease() {
    // when
    new Bundle(
            "1.0.0",
            "r.example.com/op@sha256:aa",
            "r.example.com/bundle@sha256:bb",
            Optional.of(Instant.parse("2026-01-02T03:04:05Z")))
        .write(folder);

    // then
    ObjectNode csv = Yaml.document(folder.resolve("bundle/manifests").resolve(CSV.getFileName()));
    assertThat(csv.at("/metadata/annotations/containerImage").asText())
        .isEqualTo(csv.at("/spec/relatedImages/0/image").asText())
        .isEqualTo(
            csv.at("/spec/install/spec/deployments/0/spec/template/spec/containers/0/image")
                .asText())
        .isEqualTo("r.example.com/op@sha256:aa");
    assertThat(csv.at("/metadata/annotations/createdAt").asText())
        .isEqualTo("2026-01-02T03:04:05Z");
  }

  /** Whoever publishes the bundle has an address; until then there is none to invent. */
  @Test
  void hasNoInventedAddressAndAnswersOpenShiftsConsole() {
    // when
    ObjectNode csv = Yaml.document(CSV);

    // then
    assertThat(csv.at("/spec/maintainers").isMissingNode()).isTrue();
    assertThat(csv.at("/metadata/annotations").properties())
        .extracting(Map.Entry::getKey)
        .filteredOn(name -> name.startsWith("features.operators.openshift.io/"))
        .hasSize(10);
  }

  @Test
  void labelsOfTheImageEqualTheAnnotations() throws IOException {
    // given
    Map<String, String> annotations = new TreeMap<>();
    Yaml.document(Bundle.HOME.resolve("bundle/metadata/annotations.yaml"))
        .get("annotations")
        .properties()
        .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asText()));

    // when
    Map<String, String> labels = new TreeMap<>();
    Files.readAllLines(Bundle.HOME.resolve("bundle.Dockerfile")).stream()
        .filter(line -> line.startsWith("LABEL "))
        .map(line -> line.substring(6).split("=", 2))
        .forEach(label -> labels.put(label[0], label[1]));

    // then
    assertThat(labels).isEqualTo(annotations).isNotEmpty();
  }

  static String pomVersion() throws IOException {
    Matcher version =
        Pattern.compile("(?m)^  <version>(.+)</version>")
            .matcher(Files.readString(Path.of("pom.xml")));
    assertThat(version.find()).isTrue();
    return version.group(1);
  }

  private static List<String> rules(JsonNode holder) {
    List<String> rules = new ArrayList<>();
    holder.path("rules").forEach(rule -> rules.add(rule.toString()));
    return rules;
  }

  private static Map<String, String> contents(Path root) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(root.relativize(file).toString(), Files.readString(file));
      }
    }
    return contents;
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }
}
