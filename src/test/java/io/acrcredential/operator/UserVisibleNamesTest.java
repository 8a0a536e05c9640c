// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.testkit.ClassFileStrings;
import io.acrcredential.operator.testkit.DocumentedMetrics;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.config.ConfigMapping;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.microprofile.rest.client.inject.RegisterRestClient;
import org.junit.jupiter.api.Test;

/**
 * The names that users, their dashboards and their scripts depend on. They are collected from the
 * compiled classes and the manifests and compared with files in {@code src/test/resources/golden},
 * so that no refactoring renames one unnoticed. {@code -Dgolden.update=true} rewrites the files.
 */
class UserVisibleNamesTest {

  private static final Path GOLDEN = Path.of("src", "test", "resources", "golden");

  private static final Pattern VARIABLE = Pattern.compile("\\b(ACR|ALIBABA_CLOUD)(_[A-Z0-9]+)+_?");
  private static final Pattern WORD = Pattern.compile("[A-Z][a-z]+([A-Z][a-z0-9]+)*");
  private static final Pattern METRIC = Pattern.compile("acr_[a-z_]+");
  private static final Pattern KEY =
      Pattern.compile("([a-z0-9-]+\\.)*(acrcredential|kubernetes)\\.io(/[A-Za-z0-9.-]+)?");
  private static final Pattern OBJECT_NAME = Pattern.compile("[a-z]+(-[a-z]+)+-?");
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");
  private static final Pattern COMMAND = Pattern.compile("(?m)^ {2,}((--)?[a-z][a-z-]*) {2,}\\S");

  @Test
  void namesAreThoseOfTheGoldenList() throws Exception {
    Set<String> strings = ClassFileStrings.in(classes());
    Map<String, Collection<String>> names = new TreeMap<>();
    names.put("environment variables", variables(strings));
    names.put("metrics and their labels", metrics(strings));
    names.put("reasons of conditions", Arrays.stream(Reason.values()).map(Enum::name).toList());
    names.put(
        "condition types, Event reasons, error codes and other words in strings",
        whole(WORD, strings));
    names.put("labels, annotations, finalizers and types", whole(KEY, strings));
    names.put("names of objects and keys", whole(OBJECT_NAME, strings));
    names.put("commands and options", commandLine(strings));
    names.put("custom resource", crd());
    names.put("objects of the manifests", manifests());
    names.put("values of the chart", chartValues());

    StringBuilder text = new StringBuilder();
    names.forEach(
        (title, values) -> {
          assertThat(values).as(title).isNotEmpty();
          text.append("# ").append(title).append('\n');
          new TreeSet<>(values).forEach(value -> text.append(value).append('\n'));
          text.append('\n');
        });
    assertGolden("user-visible-names.txt", text.toString());
  }

  @Test
  void classesRegisteredForReflectionAreThoseOfTheGoldenList() throws Exception {
    Set<String> registered = new TreeSet<>();
    for (JavaClass type : new ClassFileImporter().importPath(classes())) {
      for (Class<?> annotation :
          List.of(RegisterForReflection.class, RegisterRestClient.class, ConfigMapping.class)) {
        if (type.isAnnotatedWith(annotation.getName())) {
          registered.add("@" + annotation.getSimpleName() + " " + type.getName());
        }
      }
      if (type.isAssignableTo(HasMetadata.class)) {
        registered.add("custom resource " + type.getName());
      }
    }
    assertThat(registered).isNotEmpty();
    assertGolden("registered-for-reflection.txt", String.join("\n", registered) + "\n");
  }

  private static void assertGolden(String name, String actual) throws IOException {
    Path file = GOLDEN.resolve(name);
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(file, actual);
    }
    assertThat(actual.lines())
        .as(
            "a name that users see has changed. If that is intended: rewrite %s with"
                + " ./mvnw test -Dtest=UserVisibleNamesTest -Dgolden.update=true, and say so in"
                + " CHANGELOG.md",
            file)
        .containsExactlyElementsOf(Files.readString(file).lines().toList());
  }

  private static Path classes() throws URISyntaxException {
    return Path.of(Settings.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static Set<String> whole(Pattern pattern, Set<String> strings) {
    Set<String> found = new TreeSet<>(strings);
    found.removeIf(string -> !pattern.matcher(string).matches());
    return found;
  }

  private static Set<String> parts(Pattern pattern, Set<String> strings) {
    Set<String> found = new TreeSet<>();
    strings.forEach(
        string -> pattern.matcher(string).results().map(MatchResult::group).forEach(found::add));
    return found;
  }

  private static Set<String> variables(Set<String> strings) {
    Set<String> variables = parts(VARIABLE, strings);
    addSettings("ACR", Settings.class, variables);
    return variables;
  }

  /** As SmallRye Config names the variable of a property. */
  private static void addSettings(String prefix, Class<?> group, Set<String> variables) {
    for (Method method : group.getDeclaredMethods()) {
      if (method.isSynthetic() || method.getParameterCount() > 0) {
        continue;
      }
      String name =
          prefix + "_" + method.getName().replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
      if (method.getReturnType().isInterface()
          && method.getReturnType().getEnclosingClass() == Settings.class) {
        addSettings(name, method.getReturnType(), variables);
      } else {
        variables.add(name);
      }
    }
  }

  /** The labels are those of the README, which an integration test compares with a scrape. */
  private static Set<String> metrics(Set<String> strings) {
    Set<String> metrics = new TreeSet<>();
    DocumentedMetrics.inDocs().forEach((name, labels) -> metrics.add(name + new TreeSet<>(labels)));
    whole(METRIC, strings).forEach(name -> metrics.add("meter " + name));
    return metrics;
  }

  private static Set<String> commandLine(Set<String> strings) {
    Set<String> found = whole(OPTION, strings);
    strings.stream()
        .filter(string -> string.startsWith("Usage: "))
        .flatMap(usage -> COMMAND.matcher(usage).results())
        .map(result -> result.group(1))
        .forEach(found::add);
    return found;
  }

  private static List<String> crd() {
    Map<?, ?> crd = yaml(Path.of("src", "main", "kubernetes", "crd.yaml")).get(0);
    Map<?, ?> spec = (Map<?, ?>) crd.get("spec");
    List<String> found = new ArrayList<>();
    found.add(
        "group " + spec.get("group") + ", names " + new TreeMap<>((Map<?, ?>) spec.get("names")));
    for (Object item : (List<?>) spec.get("versions")) {
      Map<?, ?> version = (Map<?, ?>) item;
      String name = String.valueOf(version.get("name"));
      for (Object column : (List<?>) version.get("additionalPrinterColumns")) {
        found.add(name + " column " + ((Map<?, ?>) column).get("name"));
      }
      addFields(
          name, (Map<?, ?>) ((Map<?, ?>) version.get("schema")).get("openAPIV3Schema"), found);
    }
    return found;
  }

  private static void addFields(String path, Map<?, ?> schema, List<String> found) {
    Object values = schema.get("enum");
    if (values != null) {
      found.add(path + " = " + values);
    }
    if (schema.get("items") instanceof Map<?, ?> items) {
      addFields(path + "[]", items, found);
    }
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (name, property) -> {
            found.add(path + "." + name);
            addFields(path + "." + name, (Map<?, ?>) property, found);
          });
    }
  }

  private static List<String> manifests() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "kubernetes"))) {
      return files
          .filter(file -> Files.isRegularFile(file) && !file.endsWith("kustomization.yaml"))
          .flatMap(file -> yaml(file).stream())
          .map(
              object -> {
                Map<?, ?> metadata = (Map<?, ?>) object.get("metadata");
                Object namespace = metadata.get("namespace");
                return object.get("kind")
                    + " "
                    + (namespace == null ? "" : namespace + "/")
                    + metadata.get("name");
              })
          .toList();
    }
  }

  private static List<String> chartValues() {
    List<String> found = new ArrayList<>();
    addKeys("", yaml(Path.of("helm", "values.yaml")).get(0), found);
    return found;
  }

  private static void addKeys(String path, Map<?, ?> values, List<String> found) {
    values.forEach(
        (name, value) -> {
          found.add(path + name);
          if (value instanceof Map<?, ?> nested) {
            addKeys(path + name + ".", nested, found);
          }
        });
  }

  private static List<Map<?, ?>> yaml(Path file) {
    try {
      List<Map<?, ?>> documents = new ArrayList<>();
      for (String document : Files.readString(file).split("(?m)^---\\s*$")) {
        Object parsed =
            Serialization.unmarshal(
                new ByteArrayInputStream(document.getBytes(StandardCharsets.UTF_8)), Map.class);
        if (parsed != null) {
          documents.add((Map<?, ?>) parsed);
        }
      }
      return documents;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
