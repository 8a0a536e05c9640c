// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.Platform;
import com.google.cloud.tools.jib.api.buildplan.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Packs what a Dockerfile says, line by line, into an image's tar without Docker: all but its base,
 * which is in a registry, and the JVM's AOT cache, which only the base's own JVM can make. So what
 * is looked at is what is shipped. It knows the instructions that our Dockerfiles have and refuses
 * any other; {@code dev/image-tar} runs it.
 */
public final class ImageTar {

  private static final Pattern COPY =
      Pattern.compile("--chown=0:0 (?:--chmod=(\\d{3}) )?(\\S+) (\\S+)");
  private static final Pattern LABEL = Pattern.compile("([a-z.]+)=\"(.*)\"");
  private static final String TRAINING = " -XX:AOTCacheOutput=";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String architecture;
  private final JibContainerBuilder image = Jib.fromScratch();
  private Optional<LocalJvm> jvm = Optional.empty();
  private AbsoluteUnixPath workdir = AbsoluteUnixPath.get("/");

  private ImageTar(String architecture) {
    this.architecture = architecture;
    image.setPlatforms(Set.of(new Platform(architecture, "linux")));
  }

  /** {@code DOCKERFILE ARCHITECTURE TAR}. */
  public static void main(String... args) throws Exception {
    if (args.length != 3) {
      System.err.println("Usage: ImageTar DOCKERFILE amd64|arm64 TAR");
      System.exit(2);
    }
    write(Path.of(args[0]), args[1], Path.of(args[2]));
    System.out.println(args[2]);
    System.exit(0); // Jib's threads linger
  }

  /**
   * Writes it; the sources of COPY are taken from the current folder, as by {@code docker build .}
   */
  static void write(Path dockerfile, String architecture, Path tar) throws Exception {
    new ImageTar(architecture).write(dockerfile, tar, "acr-credential-operator");
  }

  /**
   * Writes one that can be run: with the JVM of this process in place of the base.
   *
   * @param name of the image in the tar
   */
  public static void writeRunnable(Path dockerfile, Path tar, String name) throws Exception {
    ImageTar image = new ImageTar(LocalJvm.architecture());
    image.jvm = Optional.of(LocalJvm.ofThisProcess());
    image.image.addFileEntriesLayer(image.jvm.get().layer());
    image.image.addEnvironmentVariable("PATH", image.jvm.get().home().resolve("bin").toString());
    image.write(dockerfile, tar, name);
  }

  private void write(Path dockerfile, Path tar, String name) throws Exception {
    for (String line : instructions(dockerfile)) {
      take(line.split(" ", 2)[0], line.split(" ", 2)[1]);
    }
    Path cache = Files.createTempDirectory("jib-");
    image.containerize(
        Containerizer.to(TarImage.at(tar).named(name))
            .setApplicationLayersCache(cache)
            .setBaseImageLayersCache(cache));
  }

  /**
   * Makes the JVM's AOT cache as the Dockerfile does, on loopback.
   *
   * @param javaHome of the JVM, which must be of the image's version
   * @param app the folder of the packaged operator; the cache is put there
   * @param jar the operator's, as it will be started: the cache is for that very path
   * @throws IllegalStateException where none was made
   */
  public static void train(Path dockerfile, Path javaHome, Path app, String jar, Path log)
      throws IOException, InterruptedException {
    String run =
        instructions(dockerfile).stream()
            .filter(line -> line.startsWith("RUN ") && line.contains(TRAINING))
            .map(line -> line.substring("RUN ".length()))
            .findFirst()
            .orElseThrow();
    ProcessBuilder training =
        new ProcessBuilder("sh", "-c", run.replace("quarkus-run.jar", jar))
            .directory(app.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    training.environment().keySet().removeIf(name -> name.startsWith("ACR_"));
    training.environment().put("QUARKUS_HTTP_HOST", "127.0.0.1");
    training.environment().put("QUARKUS_HTTP_PORT", "0");
    training.environment().compute("PATH", (k, path) -> javaHome.resolve("bin") + ":" + path);
    if (training.start().waitFor() != 0) {
      throw new IllegalStateException("no AOT cache was made:\n" + Files.readString(log));
    }
  }

  private static List<String> instructions(Path dockerfile) throws IOException {
    return Files.readString(dockerfile)
        .replaceAll("\\\\\n *", "")
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  private void take(String instruction, String rest) throws IOException {
    switch (instruction) {
      case "FROM", "ARG" -> {} // the base comes when it is built for a registry
      case "RUN" -> {
        if (!rest.contains(TRAINING)) {
          throw new IllegalArgumentException("RUN " + rest + ": not known; teach ImageTar");
        }
      }
      case "LABEL" -> {
        Matcher label = matched(LABEL, rest);
        image.addLabel(label.group(1), label.group(2));
      }
      case "WORKDIR" -> {
        workdir = AbsoluteUnixPath.get(rest);
        image.setWorkingDirectory(workdir);
      }
      case "COPY" -> copy(matched(COPY, rest.replace("${TARGETARCH}", architecture)));
      case "EXPOSE" -> image.addExposedPort(Port.tcp(Integer.parseInt(rest)));
      case "USER" -> image.setUser(rest);
      case "ENTRYPOINT" ->
          image.setEntrypoint(
              Stream.of(JSON.readValue(rest, String[].class))
                  .filter(word -> jvm.map(local -> local.knows(word)).orElse(true))
                  .toList());
      default -> throw new IllegalArgumentException(instruction + ": not known; teach ImageTar");
    }
  }

  private static Matcher matched(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text + ": not of the form " + pattern);
    }
    return matcher;
  }

  private void copy(Matcher copy) throws IOException {
    Path source = Path.of(copy.group(2));
    FilePermissions mode =
        FilePermissions.fromOctalString(copy.group(1) == null ? "644" : copy.group(1));
    AbsoluteUnixPath target = copy.group(3).equals("./") ? workdir : workdir.resolve(copy.group(3));
    FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(copy.group(2));
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name =
            file.equals(source)
                ? file.getFileName().toString()
                : source.relativize(file).toString();
        layer.addEntry(file, target.resolve(name), mode);
      }
    }
    image.addFileEntriesLayer(layer.build());
  }
}
