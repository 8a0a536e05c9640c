// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** {@code helm/}, and what Helm makes of it. */
final class Chart {

  static final Path FOLDER = Path.of("helm");
  static final String NAME = "acr-credential-operator";

  /** Without it helm-java renders for a version that still had beta APIs. */
  private static final String KUBERNETES = "1.30.0";

  private static final String HOOK = "helm.sh/hook:";
  private static final String HOOK_IN_COPY = "test.sh/hook:";

  /** {@code -Dchart.regenerate=true} writes the golden files instead of comparing them. */
  private static final boolean REGENERATE = Boolean.getBoolean("chart.regenerate");

  private Chart() {}

  /** The value files, which together cover every switch. */
  static Stream<Path> valueFiles() {
    try (Stream<Path> ci = Files.list(FOLDER.resolve("ci"))) {
      return Stream.concat(ci.sorted().toList().stream(), Stream.of(dropIn()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path dropIn() {
    return FOLDER.resolve("values-dropin.yaml");
  }

  /** The namespace that {@code helm/values-dropin.yaml} names, else the default one. */
  static String namespaceFor(Path values) {
    return values.equals(dropIn()) ? "kube-system" : NAME;
  }

  static String nameOf(Path values) {
    return values.getFileName().toString().replace("-values.yaml", "").replace(".yaml", "");
  }

  static String render(Path values) {
    return render(command -> command.withNamespace(namespaceFor(values)).withValuesFile(values));
  }

  /** The output of {@code helm template} with hooks, which helm-java omits. */
  static String render(UnaryOperator<TemplateCommand> with) {
    return with.apply(template()).call().replace(HOOK_IN_COPY, HOOK);
  }

  private static TemplateCommand template() {
    return new Helm(Copy.FOLDER)
        .template()
        .withName(NAME)
        .withNamespace(NAME)
        .withKubeVersion(KUBERNETES);
  }

  /** The notes that Helm prints after an install. */
  static String notes(Path values) {
    String rendered =
        template()
            .withNamespace(namespaceFor(values))
            .withValuesFile(values)
            .set("showNotes", "true")
            .call();
    return (String) object(rendered, "Notes").get("text");
  }

  /**
   * A copy of the chart with hooks as ordinary objects, and with the notes as an object on request.
   */
  private static final class Copy {
    static final Path FOLDER = make();

    private static Path make() {
      try (Stream<Path> files = Files.walk(Chart.FOLDER)) {
        Path folder = Files.createTempDirectory(Path.of("target"), "chart-");
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Path copy = folder.resolve(Chart.FOLDER.relativize(file).toString());
          Files.createDirectories(copy.getParent());
          switch (file.getFileName().toString()) {
            case "NOTES.txt" ->
                Files.writeString(
                    folder.resolve("templates/notes.yaml"),
                    """
                    {{- define "notes" -}}
                    %s
                    {{- end }}
                    {{- if .Values.showNotes }}
                    kind: Notes
                    text: |
                    {{ include "notes" . | indent 2 }}
                    {{- end }}
                    """
                        .formatted(read(file)));
            case "values.schema.json" ->
                Files.writeString(
                    copy, read(file).replaceFirst("\"properties\": \\{", "$0 \"showNotes\": {},"));
            default -> Files.writeString(copy, read(file).replace(HOOK, HOOK_IN_COPY));
          }
        }
        return folder;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static List<Map<String, Object>> objects(String yaml) {
    List<Map<String, Object>> objects = new ArrayList<>();
    for (Object object : new Load(LoadSettings.builder().build()).loadAllFromString(yaml)) {
      if (object != null) {
        objects.add(map(object));
      }
    }
    return objects;
  }

  /** The object of this kind and, if given, name. */
  static Map<String, Object> object(String yaml, String kind) {
    return objects(yaml).stream().filter(o -> o.get("kind").equals(kind)).findFirst().orElseThrow();
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object object) {
    return (Map<String, Object>) object;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object object) {
    return (List<Object>) object;
  }

  /**
   * What is reached by these keys, such as {@code "spec", "template"}; null where there is none.
   */
  static Object at(Object object, Object... path) {
    Object here = object;
    for (Object key : path) {
      if (here == null) {
        return null;
      }
      here = key instanceof Integer i ? list(here).get(i) : map(here).get(key);
    }
    return here;
  }

  static String version() {
    return (String) chartYaml().get("version");
  }

  static Map<String, Object> chartYaml() {
    return map(Serialization.unmarshal(read(FOLDER.resolve("Chart.yaml")), Map.class));
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Compares, or writes under {@code -Dchart.regenerate=true}. */
  static void assertGenerated(Path file, String expected) {
    if (REGENERATE) {
      try {
        Files.createDirectories(file.getParent());
        Files.writeString(file, expected);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    assertThat(file).as("run dev/chart to regenerate it").exists();
    assertThat(read(file)).as("%s; run dev/chart to regenerate it", file).isEqualTo(expected);
  }
}
