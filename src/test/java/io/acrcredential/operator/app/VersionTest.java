// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One version, the POM's; {@code dev/set-version} writes it into the other places. */
class VersionTest {

  private static final Path OLM = Path.of("src/main/olm");

  @ParameterizedTest
  @CsvSource({
    "src/main/kubernetes/kustomization.yaml, '^ +newTag: (.+)$', 1",
    "src/main/docker/Dockerfile.jvm, 'image.version=\"(.+)\"', 1",
    "src/main/docker/Dockerfile.native, 'image.version=\"(.+)\"', 1",
    "helm/Chart.yaml, '^(?:version|appVersion): \"?([^\"]+?)\"?$', 2"
  })
  void isTheVersionOfThePomEverywhere(Path file, String pattern, int times) throws IOException {
    assumeTrue(Files.exists(file), () -> "there is no " + file + " yet");
    assertThat(found(file, pattern)).hasSize(times).containsOnly(pom());
  }

  /** OLM uses it in names of objects, which are lower case. */
  @Test
  void isInLowerCaseInTheBundle() throws IOException {
    Path csv = OLM.resolve("bundle/manifests/acr-credential-operator.clusterserviceversion.yaml");
    String version = pom().toLowerCase(Locale.ROOT);

    assertThat(found(csv, "^  version: (.+)$")).containsExactly(version);
    assertThat(found(csv, "^  name: (.+)$")).containsExactly("acr-credential-operator.v" + version);
    assertThat(OLM.resolve("catalog/acr-credential-operator/bundle-v" + version + ".yaml"))
        .isRegularFile();
  }

  private static String pom() throws IOException {
    return found(Path.of("pom.xml"), "^  <version>(.+)</version>$").findFirst().orElseThrow();
  }

  private static Stream<String> found(Path file, String pattern) throws IOException {
    return Pattern.compile("(?m)" + pattern)
        .matcher(Files.readString(file))
        .results()
        .map((MatchResult result) -> result.group(1));
  }
}
