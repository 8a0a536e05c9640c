// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The base images have glibc. The resolver of musl, tried with 1.2.5, finds no address where AAAA
 * queries fail or are refused, or where those of a search domain are; glibc and Go find it.
 */
class BaseImageTest {

  @ParameterizedTest
  @CsvSource({
    "Dockerfile.jvm,    eclipse-temurin:\\d+-jre-noble@sha256:[0-9a-f]{64}",
    "Dockerfile.native, quay.io/quarkus/ubi9-quarkus-micro-image:[0-9.]+",
  })
  void hasGlibc(String dockerfile, String image) throws IOException {
    // when
    List<String> bases =
        Files.readAllLines(Path.of("src/main/docker", dockerfile)).stream()
            .filter(line -> line.startsWith("FROM "))
            .toList();

    // then
    assertThat(bases).singleElement().asString().matches("FROM " + image);
  }
}
