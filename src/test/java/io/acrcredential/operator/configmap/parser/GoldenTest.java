// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Credentials;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec.Registry;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code in-X.yaml} → {@code policy-X.yaml}, absent if nothing is changed, and {@code
 * findings-X.txt}, absent if there are none. {@code -Dgolden=write} writes them again: read the
 * diff. For {@code in-malformed-X.yaml}, which a human understands and a YAML parser does not, only
 * the policy is compared, and that there are findings; other tests check their texts. {@code
 * in-pasted-X.yaml} are collected from what people publish and paste: documents of Alibaba Cloud
 * since 2019, notes, other tools; in our words, with invented names.
 */
class GoldenTest {

  private static final Path FOLDER = Path.of("src/test/resources/configmap");

  static Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> f.startsWith("in-"))
          .map(f -> f.substring("in-".length(), f.length() - ".yaml".length()))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void matchesGoldenFiles(String name) throws IOException {
    // given
    ConfigMap map =
        Serialization.unmarshal(
            Files.readString(FOLDER.resolve("in-" + name + ".yaml")), ConfigMap.class);

    // when
    ParseResult reading =
        new AcrConfigurationParser()
            .parse(
                map.getData(),
                map.getBinaryData() == null ? Set.of() : map.getBinaryData().keySet());

    // then
    holds(FOLDER.resolve("policy-" + name + ".yaml"), policy(reading), told(reading));
    if (name.startsWith("malformed-")) {
      assertThat(reading.findings()).isNotEmpty();
    } else {
      holds(FOLDER.resolve("findings-" + name + ".txt"), told(reading), "");
    }
    assertThat(reading.toString()).doesNotContain("LTAIcanary", "canarysecret");
    if (reading instanceof ParseResult.Understood understood) {
      assertThat(understood.keys().keySet())
          .containsExactlyInAnyOrderElementsOf(
              understood.spec().registries().stream()
                  .map(Registry::credentials)
                  .filter(c -> c != null && c.secretRef() != null)
                  .map(Credentials::secretRef)
                  .flatMap(ref -> Stream.of(ref.accessKeyIdKey(), ref.accessKeySecretKey()))
                  .collect(Collectors.toSet()));
    }
  }

  private static String told(ParseResult reading) {
    return reading.findings().stream()
        .map(f -> f.cause() + ": " + f.message() + "\n")
        .collect(Collectors.joining());
  }

  private static String policy(ParseResult reading) {
    if (!(reading instanceof ParseResult.Understood understood)) {
      return "";
    }
    AcrCredentialPolicy policy = new AcrCredentialPolicy();
    policy.setMetadata(new ObjectMetaBuilder().withName("acr-configuration").build());
    policy.setSpec(understood.spec());
    return Serialization.asYaml(policy);
  }

  private static void holds(Path file, String actual, String why) throws IOException {
    if ("write".equals(System.getProperty("golden"))) {
      Files.deleteIfExists(file);
      if (!actual.isEmpty()) {
        Files.writeString(file, actual);
      }
    }
    String expected = Files.exists(file) ? Files.readString(file) : "";
    if (!actual.equals(expected)) {
      fail(
          "%s should hold:%n%s%nbut the parser says:%n%s%n%s"
              .formatted(file, expected, actual, why));
    }
  }
}
