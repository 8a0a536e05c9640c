// SPDX-License-Identifier: Apache-2.0
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts what native sources register for reflection; run by {@code dev/reflection}. */
final class ReflectionCount {

  private static final String OWN_CLASSES = "io/acrcredential/";
  private static final String KINDS =
      "META-INF/services/io.fabric8.kubernetes.api.model.KubernetesResource";

  /** More are a sign that something registers all kinds of the Kubernetes client again. */
  private static final int ALWAYS_LIMIT = 1000;

  /** What Jackson reads or writes by reflection, in the package {@link #MODEL} if it has none. */
  private static final List<String> REQUIRED =
      List.of(
          ("io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy"
               + " io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec"
               + " io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus"
               + " io.fabric8.kubernetes.client.VersionInfo DefaultKubernetesResourceList"
               + " GenericKubernetesResource GenericKubernetesResourceList ObjectMeta ListMeta"
               + " OwnerReference LocalObjectReference ObjectReference Condition WatchEvent Status"
               + " StatusDetails StatusCause ListOptions DeleteOptions Preconditions APIGroup"
               + " APIGroupList GroupVersionForDiscovery Namespace NamespaceList NamespaceStatus"
               + " Secret SecretList ServiceAccount ServiceAccountList ConfigMap ConfigMapList"
               + " Event EventList EventSource Node NodeList NodeSpec Pod PodList PodSpec PodStatus"
               + " Container ContainerStatus ContainerState ContainerStateWaiting EnvVar"
               + " PodTemplateSpec PodCondition apps.Deployment apps.DeploymentList"
               + " apps.DeploymentSpec apps.DeploymentStatus coordination.v1.Lease"
               + " coordination.v1.LeaseList coordination.v1.LeaseSpec policy.v1.Eviction Config"
               + " NamedCluster Cluster NamedContext Context NamedAuthInfo AuthInfo ExecConfig")
              .split(" "));

  private static final String MODEL = "io.fabric8.kubernetes.api.model.";

  /** By class name; several JARs can register the same class. */
  private final Map<String, List<JsonNode>> entries = new HashMap<>();

  /** Names of the kinds that the Kubernetes client loads at start. */
  private final Set<String> kinds = new TreeSet<>();

  /** Names of the classes that the operator's own classes name. */
  private final Set<String> named = new HashSet<>();

  private final ClassLoader loader;

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    List<Path> jars = new ArrayList<>();
    for (Path part : List.of(folder, folder.resolve("lib"))) {
      try (Stream<Path> files = Files.list(part)) {
        files.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(jars::add);
      }
    }
    ReflectionCount count = new ReflectionCount(jars);
    if (List.of(args).contains("--check")) {
      System.exit(count.check() ? 0 : 1);
    } else if (List.of(args).contains("--list")) {
      count.reached().stream()
          .filter(count.entries::containsKey)
          .sorted()
          .forEach(System.out::println);
    } else {
      count.print();
    }
  }

  private ReflectionCount(List<Path> jars) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path jar : jars) {
      urls.add(jar.toUri().toURL());
      read(jar);
    }
    loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  private void read(Path path) throws IOException {
    try (JarFile jar = new JarFile(path.toFile())) {
      for (JarEntry file : Collections.list(jar.entries())) {
        String name = file.getName();
        try (InputStream in = jar.getInputStream(file)) {
          if (name.startsWith("META-INF/native-image/") && name.endsWith("/reflect-config.json")) {
            new ObjectMapper().readTree(in).forEach(this::add);
          } else if (name.startsWith("META-INF/native-image/")
              && name.endsWith("/reachability-metadata.json")) {
            new ObjectMapper().readTree(in).path("reflection").forEach(this::add);
          } else if (name.equals(KINDS)) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .forEach(kinds::add);
          } else if (name.startsWith(OWN_CLASSES) && name.endsWith(".class")) {
            addNames(new DataInputStream(in));
          }
        }
      }
    }
  }

  private void add(JsonNode entry) {
    String name = entry.path("name").asText(entry.path("type").asText());
    entries.computeIfAbsent(name, n -> new ArrayList<>()).add(entry);
  }

  /** The class entries of a constant pool (JVM specification, 4.4). */
  private void addNames(DataInputStream in) throws IOException {
    in.skipNBytes(8);
    int size = in.readUnsignedShort();
    Map<Integer, String> texts = new HashMap<>();
    List<Integer> classes = new ArrayList<>();
    for (int i = 1; i < size; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> texts.put(i, in.readUTF());
        case 7 -> classes.add(in.readUnsignedShort());
        case 8, 16, 19, 20 -> in.skipNBytes(2);
        case 15 -> in.skipNBytes(3);
        case 5, 6 -> {
          in.skipNBytes(8);
          i++;
        }
        default -> in.skipNBytes(4);
      }
    }
    classes.forEach(index -> named.add(texts.get(index).replace('/', '.')));
  }

  private boolean check() {
    List<String> lost =
        REQUIRED.stream()
            .map(name -> name.startsWith("io.") ? name : MODEL + name)
            .filter(name -> !isUsable(name))
            .toList();
    lost.forEach(name -> System.err.println("Jackson needs it, but it is not registered: " + name));
    long always = entries.keySet().stream().filter(n -> isAlways(n) && load(n) != null).count();
    if (always > ALWAYS_LIMIT) {
      System.err.printf(
          "%d classes are always registered, more than %d: see docs/native.md%n",
          always, ALWAYS_LIMIT);
    }
    return lost.isEmpty() && always <= ALWAYS_LIMIT;
  }

  /** Whether it has its constructors and methods in every image that has the class at all. */
  private boolean isUsable(String name) {
    return entries.getOrDefault(name, List.of()).stream()
        .anyMatch(
            entry ->
                entry.path("allDeclaredConstructors").asBoolean()
                    && entry.path("allDeclaredMethods").asBoolean()
                    && entry.path("condition").path("typeReachable").asText(name).equals(name));
  }

  private void print() {
    Set<String> reached = reached();
    System.out.printf("%-62s %8s %8s%n", "registered for reflection", "classes", "methods");
    row("all that are named", entries.keySet());
    row(
        "not on the class path, without cost",
        entries.keySet().stream().filter(n -> load(n) == null).toList());
    row("always", entries.keySet().stream().filter(n -> isAlways(n) && load(n) != null).toList());
    List<String> conditional =
        entries.keySet().stream().filter(n -> !isAlways(n) && load(n) != null).toList();
    row("only if reached", conditional);
    List<String> estimated = conditional.stream().filter(reached::contains).toList();
    row("- of these reached, as estimated", estimated);
    row(
        "always, and as estimated",
        entries.keySet().stream()
            .filter(n -> load(n) != null && (isAlways(n) || reached.contains(n)))
            .toList());
    System.out.printf(
        "%-62s %8d%n", "kinds that the Kubernetes client loads at start", kinds.size());
  }

  private void row(String title, Collection<String> names) {
    System.out.printf(
        "%-62s %8d %8d%n",
        title, names.size(), names.stream().mapToInt(n -> executables(n).size()).sum());
  }

  private boolean isAlways(String name) {
    return entries.get(name).stream().anyMatch(entry -> !entry.has("condition"));
  }

  /**
   * Starts at what the operator's own code names, at the kinds that the client loads and at what is
   * registered always, and follows the signatures of what is registered. Method bodies of libraries
   * are not followed, so the image reaches more.
   */
  private Set<String> reached() {
    Deque<String> open = new ArrayDeque<>(named);
    open.addAll(kinds);
    entries.keySet().stream().filter(this::isAlways).forEach(open::add);
    Set<String> reached = new HashSet<>();
    while (!open.isEmpty()) {
      String name = open.remove();
      Class<?> type = reached.add(name) ? load(name) : null;
      if (type == null) {
        continue;
      }
      if (type.getSuperclass() != null) {
        open.add(type.getSuperclass().getName());
      }
      for (Class<?> parent : type.getInterfaces()) {
        open.add(parent.getName());
      }
      for (Executable executable : executables(name)) {
        follow(executable::getGenericParameterTypes, open);
        if (executable instanceof java.lang.reflect.Method method) {
          follow(() -> new Type[] {method.getGenericReturnType()}, open);
        }
      }
      for (Field field : fields(name)) {
        follow(() -> new Type[] {field.getGenericType()}, open);
      }
    }
    return reached;
  }

  private static void follow(Supplier<Type[]> types, Deque<String> open) {
    try {
      for (Type type : types.get()) {
        follow(type, open);
      }
    } catch (LinkageError | TypeNotPresentException e) {
      // It names a class that is not on the class path.
    }
  }

  private static void follow(Type type, Deque<String> open) {
    if (type instanceof Class<?> c) {
      Class<?> element = c;
      while (element.isArray()) {
        element = element.getComponentType();
      }
      open.add(element.getName());
    } else if (type instanceof ParameterizedType p) {
      follow(p.getRawType(), open);
      Stream.of(p.getActualTypeArguments()).forEach(argument -> follow(argument, open));
    } else if (type instanceof GenericArrayType array) {
      follow(array.getGenericComponentType(), open);
    } else if (type instanceof WildcardType wildcard) {
      Stream.of(wildcard.getUpperBounds()).forEach(bound -> follow(bound, open));
    }
  }

  /** The registered methods and constructors. */
  private Set<Executable> executables(String name) {
    Class<?> type = load(name);
    Set<Executable> registered = new HashSet<>();
    if (type == null) {
      return registered;
    }
    try {
      for (JsonNode entry : entries.getOrDefault(name, List.of())) {
        if (entry.path("allDeclaredMethods").asBoolean()) {
          registered.addAll(List.of(type.getDeclaredMethods()));
        }
        if (entry.path("allDeclaredConstructors").asBoolean()) {
          registered.addAll(List.of(type.getDeclaredConstructors()));
        }
        if (entry.path("allPublicMethods").asBoolean()) {
          registered.addAll(List.of(type.getMethods()));
        }
        if (entry.path("allPublicConstructors").asBoolean()) {
          registered.addAll(List.of(type.getConstructors()));
        }
        for (JsonNode method : entry.path("methods")) {
          Stream.concat(
                  Stream.of(type.getDeclaredMethods()), Stream.of(type.getDeclaredConstructors()))
              .filter(found -> isListed(found, method))
              .forEach(registered::add);
        }
      }
    } catch (LinkageError e) {
      // A signature names a class that is not on the class path: native-image skips the class too.
    }
    return registered;
  }

  private static boolean isListed(Executable found, JsonNode method) {
    String name = found instanceof java.lang.reflect.Method ? found.getName() : "<init>";
    List<String> parameters = new ArrayList<>();
    method.path("parameterTypes").forEach(parameter -> parameters.add(parameter.asText()));
    return method.path("name").asText().equals(name)
        && (!method.has("parameterTypes")
            || Stream.of(found.getParameterTypes())
                .map(Class::getTypeName)
                .collect(Collectors.toList())
                .equals(parameters));
  }

  private Collection<Field> fields(String name) {
    Class<?> type = load(name);
    try {
      return type != null
              && entries.getOrDefault(name, List.of()).stream()
                  .anyMatch(e -> e.path("allDeclaredFields").asBoolean())
          ? List.of(type.getDeclaredFields())
          : List.of();
    } catch (LinkageError e) {
      return List.of();
    }
  }

  /** Null = not on the class path. */
  private Class<?> load(String name) {
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }
}
