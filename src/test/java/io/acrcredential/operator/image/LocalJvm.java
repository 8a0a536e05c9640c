// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.image;

import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A JVM of this machine as the lowest layer of an image, with the shared libraries that it is
 * linked to and nothing else: no shell, no other program. Stands in for the base image in tests.
 */
record LocalJvm(Path home) {

  private static final int KNOWS_AOT_CACHE = 25;

  /** For a compiler, a desktop or a debugger. */
  private static final Pattern NEEDLESS =
      Pattern.compile(
          "src\\.zip|ct\\.sym|.*\\.(a|debuginfo|diz)"
              + "|lib(awt|font|freetype|javajpeg|jsound|lcms|mlib|splash)[^/]*\\.so");

  private static final Pattern LIBRARY = Pattern.compile("(?m)(?:=> |^\\s*)(/\\S+) \\(0x");

  static LocalJvm ofThisProcess() {
    return new LocalJvm(Path.of(System.getProperty("java.home")));
  }

  static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  /** Whether it accepts this word of a command line. */
  boolean knows(String word) {
    return Runtime.version().feature() >= KNOWS_AOT_CACHE || !word.startsWith("-XX:AOTCache=");
  }

  /** All files at the same paths as here. */
  FileEntriesLayer layer() throws IOException, InterruptedException {
    List<Path> files = new ArrayList<>(List.of(home.resolve("bin/java")));
    for (String folder : List.of("lib", "conf")) {
      try (Stream<Path> all = Files.walk(home.resolve(folder), FileVisitOption.FOLLOW_LINKS)) {
        all.filter(Files::isRegularFile)
            .filter(file -> !NEEDLESS.matcher(file.getFileName().toString()).matches())
            .forEach(files::add);
      }
    }
    files.addAll(libraries(files));
    FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName("jvm");
    for (Path file : files) {
      layer.addEntry(
          file, AbsoluteUnixPath.get(file.toString()), FilePermissions.fromOctalString("755"));
    }
    return layer.build();
  }

  /** What the dynamic linker loads for them. */
  private Set<Path> libraries(List<Path> files) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ldd"));
    files.stream()
        .map(Path::toString)
        .filter(file -> file.endsWith(".so") || file.endsWith("/bin/java"))
        .forEach(command::add);
    Process ldd = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(ldd.getInputStream().readAllBytes());
    if (ldd.waitFor() != 0) {
      throw new IllegalStateException("ldd: " + printed);
    }
    Set<Path> libraries = new TreeSet<>();
    LIBRARY
        .matcher(printed)
        .results()
        .map(found -> Path.of(found.group(1)).normalize())
        .filter(library -> !library.startsWith(home))
        .forEach(libraries::add);
    return libraries;
  }
}
