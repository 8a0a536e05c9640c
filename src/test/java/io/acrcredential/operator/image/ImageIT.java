// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contents of the image, read from its tar, which does not include the base image. */
class ImageIT {

  /** The layers without the base image: 35 MiB when this was written. */
  private static final int KNOWS_AOT_CACHE = 25;

  private static final long JVM_LIMIT = 40L << 20;

  private static final Path DOCKER = Path.of("src/main/docker");

  @TempDir private static Path folder;

  private static JsonNode config;
  private static final Map<String, byte[]> FILES = new TreeMap<>();
  private static long size;

  @BeforeAll
  static void pack() throws Exception {
    Path tar = folder.resolve("image.tar");
    ImageTar.write(DOCKER.resolve("Dockerfile.jvm"), "amd64", tar);
    size = Files.size(tar);
    System.out.println("Dockerfile.jvm without its base: " + (size >> 20) + " MiB");
    config = read(tar, FILES);
  }

  @Test
  void runsTheOperatorAsAnUnprivilegedUser() {
    assertThat(config.at("/config/User").asText()).isEqualTo("1001:1001");
    assertThat(config.at("/config/WorkingDir").asText()).isEqualTo("/app");
    assertThat(config.at("/config/Entrypoint"))
        .hasToString(
            "[\"java\",\"-XX:AOTCache=operator.aot\",\"-XX:+UnlockDiagnosticVMOptions\","
                + "\"-XX:ArchiveRelocationMode=0\",\"-jar\",\"quarkus-run.jar\"]");
    assertThat(config.at("/config/ExposedPorts")).hasToString("{\"8080/tcp\":{}}");
    assertThat(config.at("/config/Env").toString()).isIn("", "[]", "null");
    assertThat(config.get("architecture").asText()).isEqualTo("amd64");
  }

  /** Arguments after the name of the image reach the operator unchanged. */
  @Test
  void passesArgumentsToTheOperator() {
    assertThat(config.at("/config/Cmd")).isEmpty();
    assertThat(config.at("/config/Entrypoint").isArray()).as("no shell in between").isTrue();
  }

  /** As kubelet starts it, except for the JVM of the base image. */
  @Test
  void acceptsACommand() throws Exception {
    // given
    Path root = folder.resolve("root");
    for (Map.Entry<String, byte[]> file : FILES.entrySet()) {
      Path target = root.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.write(target, file.getValue());
    }
    List<String> command = new ArrayList<>();
    config.at("/config/Entrypoint").forEach(word -> command.add(word.asText()));
    command.set(0, Path.of(System.getProperty("java.home"), "bin", command.get(0)).toString());
    command.add("--version");
    Path workdir = root.resolve(config.at("/config/WorkingDir").asText().substring(1));
    if (Runtime.version().feature() < KNOWS_AOT_CACHE) {
      command.removeIf(word -> word.startsWith("-XX:AOTCache="));
    } else {
      // The JVM prints a warning if it can't use the cache.
      ImageTar.train(
          DOCKER.resolve("Dockerfile.jvm"),
          Path.of(System.getProperty("java.home")),
          workdir,
          "quarkus-run.jar",
          folder.resolve("training.log"));
    }

    // when
    Process process =
        new ProcessBuilder(command).directory(workdir.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), ISO_8859_1).strip();

    // then
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said)
        .isEqualTo(config.at("/config/Labels/org.opencontainers.image.version").asText());
  }

  @Test
  void hasDescriptiveLabels() {
    String labels = "/config/Labels/org.opencontainers.image.";
    assertThat(config.at(labels + "title").asText()).isEqualTo("acr-credential-operator");
    assertThat(config.at(labels + "description").asText()).startsWith("Private images of");
    assertThat(config.at(labels + "licenses").asText()).isEqualTo("Apache-2.0");
    assertThat(config.at(labels + "version").asText()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
  }

  @Test
  void containsOnlyTheOperator() {
    assertThat(FILES.keySet())
        .contains("app/quarkus-run.jar")
        .allMatch(
            name ->
                name.equals("app/quarkus-run.jar")
                    || name.matches("app/(lib|app|quarkus)/[^ ]+\\.(jar|dat|lst)"))
        .noneMatch(
            name ->
                name.matches(
                    "(?i).*(junit|jqwik|assertj|awaitility|archunit|mockserver|kube-api-test|jib-core"
                        + "|tea-openapi|cr20181201|aliyun-java-sdk).*"));
  }

  @Test
  void containsNoTestAndNoSecret() throws IOException {
    Pattern secret =
        Pattern.compile(
            "LTAI[0-9A-Za-z]{12,}|Canary|AKIA[0-9A-Z]{16}"
                + "|-----BEGIN [A-Z ]*PRIVATE KEY-----\\s*[A-Za-z0-9+/=]{16}");
    List<String> found = new ArrayList<>();
    List<String> classes = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : FILES.entrySet()) {
      if (file.getKey().startsWith("app/app/") || file.getKey().startsWith("app/quarkus/")) {
        Map<String, byte[]> entries = unzip(file.getValue());
        entries.forEach(
            (name, content) -> {
              classes.add(name);
              if (secret.matcher(new String(content, ISO_8859_1)).find()) {
                found.add(name);
              }
            });
      }
    }
    assertThat(classes)
        .contains("io/acrcredential/operator/Settings.class")
        .noneMatch(
            name -> name.matches(".*(testkit|simulator|/demo/|/bench/).*|.*(Test|IT)\\.class"));
    assertThat(found).isEmpty();
  }

  @Test
  void isSmall() {
    assertThat(size).isLessThan(JVM_LIMIT);
  }

  @Test
  void isReproducible() throws Exception {
    Path again = folder.resolve("again.tar");
    ImageTar.write(DOCKER.resolve("Dockerfile.jvm"), "amd64", again);
    Map<String, byte[]> files = new HashMap<>();
    assertThat(read(again, files)).isEqualTo(config);
  }

  @Test
  void rejectsAnUnsupportedInstruction() throws IOException {
    Path dockerfile = Files.writeString(folder.resolve("Dockerfile"), "FROM x\nRUN ./surprise\n");
    assertThatThrownBy(() -> ImageTar.write(dockerfile, "amd64", folder.resolve("x.tar")))
        .hasMessageContaining("RUN");
  }

  /**
   * The binary itself takes minutes and GraalVM; what is said about it can be seen with any file.
   */
  @ParameterizedTest
  @ValueSource(strings = {"amd64", "arm64"})
  void nativeImageIsOneExecutable(String architecture) throws Exception {
    // given
    Path binary = Path.of("target/dist-test", architecture, "operator");
    Files.createDirectories(binary.getParent());
    Files.writeString(binary, "stands in for the binary");
    Path dockerfile =
        Files.writeString(
            folder.resolve("Dockerfile.native"),
            Files.readString(DOCKER.resolve("Dockerfile.native"))
                .replace("target/dist/", "target/dist-test/"));

    // when
    Path tar = folder.resolve("native.tar");
    ImageTar.write(dockerfile, architecture, tar);
    Map<String, byte[]> files = new TreeMap<>();
    JsonNode image = read(tar, files);

    // then
    assertThat(files).containsOnlyKeys("app/operator");
    assertThat(image.at("/config/Entrypoint")).hasToString("[\"/app/operator\"]");
    assertThat(image.at("/config/User").asText()).isEqualTo("1001:1001");
    assertThat(image.get("architecture").asText()).isEqualTo(architecture);
    assertThat(image.at("/config/Labels")).isEqualTo(config.at("/config/Labels"));
  }

  // ---- docker save's layout: manifest.json, a configuration, layers

  private static JsonNode read(Path tar, Map<String, byte[]> files) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Map<String, byte[]> parts = untar(Files.newInputStream(tar));
    JsonNode manifest = json.readTree(parts.get("manifest.json")).get(0);
    for (JsonNode layer : manifest.get("Layers")) {
      files.putAll(untar(new GZIPInputStream(new ByteArrayInputStream(parts.get(layer.asText())))));
    }
    return json.readTree(parts.get(manifest.get("Config").asText()));
  }

  private static Map<String, byte[]> untar(InputStream in) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (!entry.isDirectory()) {
          assertThat(entry.getLongUserId()).as(entry.getName()).isZero();
          files.put(entry.getName(), tar.readAllBytes());
        }
      }
    }
    return files;
  }

  private static Map<String, byte[]> unzip(byte[] jar) throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(jar))) {
      for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }
}
