// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.olm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the Operator Lifecycle Manager (OLM) installs from, made of the manifests, the examples and
 * {@code src/main/olm/base.yaml}: nothing in it is written twice by hand. {@code dev/bundle} runs
 * it.
 */
public final class Bundle {

  static final Path HOME = Path.of("src/main/olm");

  private static final String NAME = "acr-credential-operator";
  private static final String CHANNEL = "alpha";
  private static final String CRD = "acrcredentialpolicies.acrcredential.io";

  /** The one Secret of a user's making whose name is known before an install. */
  private static final String OWN_KEY = "alibaba-addon-secret";

  private static final String SNAPSHOT = "-snapshot";
  private static final Path KUBERNETES = Path.of("src/main/kubernetes");

  private final String version;

  private final String image;
  private final String bundleImage;
  private final Optional<Instant> createdAt;

  /**
   * @param version as in the POM; object names are in lower case, so it is put into that
   * @param image of the operator, with its registry; best with its digest
   * @param bundleImage of the bundle itself, for the catalog
   * @param createdAt when the release was made; empty = this is none
   */
  Bundle(String version, String image, String bundleImage, Optional<Instant> createdAt) {
    this.version = version.toLowerCase(Locale.ROOT);
    this.image = image;
    this.bundleImage = bundleImage;
    this.createdAt = createdAt;
  }

  /** As in the repository: the version of the POM, and a registry that does not exist. */
  static Bundle ofRepository(String version) {
    String tag = version.toLowerCase(Locale.ROOT);
    return new Bundle(
        version,
        "registry.example.com/" + NAME + ":" + tag,
        "registry.example.com/" + NAME + "-bundle:" + tag,
        Optional.empty());
  }

  /** {@code VERSION FOLDER [IMAGE BUNDLE_IMAGE]}; with an image also {@code SOURCE_DATE_EPOCH}. */
  public static void main(String... args) {
    if (args.length != 2 && args.length != 4) {
      System.err.println("Usage: Bundle VERSION FOLDER [IMAGE BUNDLE_IMAGE]");
      System.exit(2);
    }
    Bundle bundle =
        args.length == 2
            ? ofRepository(args[0])
            : new Bundle(args[0], args[2], args[3], Optional.of(timeOfTheCommit()));
    bundle.write(Path.of(args[1]));
  }

  /** Both calls of a release, for bundle and catalog, must agree. */
  private static Instant timeOfTheCommit() {
    return Instant.ofEpochSecond(Long.parseLong(System.getenv("SOURCE_DATE_EPOCH")));
  }

  /**
   * Writes {@code bundle/manifests} and {@code catalog/acr-credential-operator}. Released versions
   * in the catalog stay; one that was never released goes.
   */
  void write(Path folder) {
    try {
      Path manifests = Files.createDirectories(folder.resolve("bundle/manifests"));
      ObjectNode csv = clusterServiceVersion(previous(folder));
      Files.writeString(
          manifests.resolve(NAME + ".clusterserviceversion.yaml"), GENERATED + Yaml.write(csv));
      Files.writeString(
          manifests.resolve(CRD + ".crd.yaml"), Files.readString(KUBERNETES.resolve("crd.yaml")));

      Path catalog = Files.createDirectories(folder.resolve("catalog").resolve(NAME));
      for (Path file : bundles(folder)) {
        if (versionOf(file).endsWith(SNAPSHOT)) {
          Files.delete(file);
        }
      }
      Files.writeString(
          catalog.resolve("bundle-v" + version + ".yaml"), GENERATED + Yaml.write(inCatalog(csv)));
      Files.writeString(
          catalog.resolve("channel.yaml"), GENERATED + Yaml.write(channel(releases(folder))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final String GENERATED =
      "# Written by dev/bundle; change src/main/olm/base.yaml, src/main/kubernetes or examples"
          + " instead.\n";

  // ---- the ClusterServiceVersion

  private ObjectNode clusterServiceVersion(Optional<String> previous) throws IOException {
    ObjectNode csv = Yaml.document(HOME.resolve("base.yaml"));
    ObjectNode metadata = (ObjectNode) csv.get("metadata");
    metadata.put("name", name(version));
    ((ObjectNode) metadata.get("annotations"))
        .put("containerImage", image)
        .put("olm.skipRange", skipRange())
        .put("alm-examples", examples());
    createdAt.ifPresent(
        time -> ((ObjectNode) metadata.get("annotations")).put("createdAt", time.toString()));

    ObjectNode spec = (ObjectNode) csv.get("spec");
    spec.put("version", version);
    previous.ifPresent(older -> spec.put("replaces", name(older)));
    spec.putArray("icon")
        .addObject()
        .put(
            "base64data",
            Base64.getEncoder().encodeToString(Files.readAllBytes(HOME.resolve("icon.svg"))))
        .put("mediatype", "image/svg+xml");
    spec.putArray("relatedImages").addObject().put("name", "operator").put("image", image);
    describeFields((ObjectNode) spec.at("/customresourcedefinitions/owned/0"));
    install(spec.putObject("install"));
    return csv;
  }

  private static String name(String version) {
    return NAME + ".v" + version;
  }

  /** Every older version can be upgraded to this one directly, because there is no migration. */
  private String skipRange() {
    return ">=0.0.0-0 <" + version;
  }

  private static String examples() throws IOException {
    ArrayNode examples = Yaml.MAPPER.createArrayNode();
    for (Path file : list(Path.of("examples"))) {
      Yaml.documents(file).stream()
          .filter(example -> example.path("kind").asText().equals("AcrCredentialPolicy"))
          .forEach(examples::add);
    }
    return examples.toPrettyString();
  }

  private static void describeFields(ObjectNode owned) {
    JsonNode schema =
        Yaml.document(KUBERNETES.resolve("crd.yaml"))
            .at("/spec/versions/0/schema/openAPIV3Schema/properties");
    for (String part : List.of("spec", "status")) {
      for (JsonNode descriptor : owned.get(part + "Descriptors")) {
        JsonNode field = schema.get(part);
        String path = descriptor.get("path").asText();
        for (String step : path.split("\\.")) {
          field = field.path("properties").path(step.replace("[0]", ""));
          field = step.endsWith("[0]") ? field.path("items") : field;
        }
        if (!field.hasNonNull("description")) {
          throw new IllegalStateException(
              "base.yaml describes " + part + "." + path + ", which crd.yaml does not have");
        }
        ((ObjectNode) descriptor).put("description", field.get("description").asText());
      }
    }
  }

  // ---- what OLM installs

  private void install(ObjectNode install) {
    install.put("strategy", "deployment");
    ObjectNode spec = install.putObject("spec");
    rights(spec);
    ObjectNode source = Yaml.document(KUBERNETES.resolve("deployment.yaml"));
    ObjectNode deployment = spec.putArray("deployments").addObject();
    deployment.set("name", source.at("/metadata/name"));
    deployment.set("label", source.at("/metadata/labels"));
    deployment.set("spec", source.get("spec"));
    ObjectNode container = (ObjectNode) source.at("/spec/template/spec/containers/0");
    container.put("image", image);
  }

  /**
   * A CSV grants in the whole cluster or in the namespace it is installed into, and Roles that lie
   * in a bundle are put into that namespace too, whatever they say (OLM's installplan steps set
   * their namespace). So what is needed in kube-system is granted cluster-wide, and since that is
   * more, by name only; but for a rule of the operator's own namespace too, which OLM grants in the
   * whole cluster as it is.
   *
   * <p>Under an OperatorGroup of all namespaces, the only mode there is here, OLM makes
   * ClusterRoles of {@code permissions} too. So Secrets are read by name there as well; it is not
   * left empty, since OLM wants at least one Role of a CSV.
   */
  private static void rights(ObjectNode spec) {
    ArrayNode cluster = Yaml.MAPPER.createArrayNode();
    ArrayNode own = Yaml.MAPPER.createArrayNode();
    for (ObjectNode object : Yaml.documents(KUBERNETES.resolve("rbac.yaml"))) {
      String kind = object.get("kind").asText();
      if (kind.equals("ClusterRole")) {
        object.get("rules").forEach(cluster::add);
      } else if (kind.equals("Role")) {
        String namespace = object.at("/metadata/namespace").asText();
        boolean elsewhere = !namespace.equals(NAME);
        for (JsonNode rule : object.get("rules")) {
          if (elsewhere && rule.path("resourceNames").isEmpty() && !isIn(own, rule)) {
            throw new IllegalStateException(
                "rbac.yaml has a rule without resourceNames in "
                    + namespace
                    + ", which OLM could grant in the whole cluster only: "
                    + rule);
          }
          (elsewhere ? cluster : own).add(elsewhere ? rule : readByName(rule));
        }
      }
    }
    grant(spec.putArray("clusterPermissions"), cluster);
    grant(spec.putArray("permissions"), own);
  }

  private static boolean isIn(ArrayNode rules, JsonNode rule) {
    for (JsonNode other : rules) {
      if (other.equals(rule)) {
        return true;
      }
    }
    return false;
  }

  /** "All Secrets of this namespace" would become all Secrets of the cluster. */
  private static JsonNode readByName(JsonNode rule) {
    boolean allSecrets =
        rule.get("resources").toString().contains("\"secrets\"")
            && rule.path("resourceNames").isEmpty();
    if (!allSecrets) {
      return rule;
    }
    ObjectNode named = rule.deepCopy();
    named.putArray("resourceNames").add(OWN_KEY);
    return named;
  }

  private static void grant(ArrayNode permissions, ArrayNode rules) {
    permissions.addObject().put("serviceAccountName", NAME).set("rules", rules);
  }

  // ---- the catalog

  private ObjectNode inCatalog(ObjectNode csv) {
    ObjectNode bundle = Yaml.MAPPER.createObjectNode();
    bundle.put("schema", "olm.bundle").put("name", name(version)).put("package", NAME);
    bundle.put("image", bundleImage);
    ArrayNode properties = bundle.putArray("properties");
    property(properties, "olm.gvk")
        .put("group", "acrcredential.io")
        .put("kind", "AcrCredentialPolicy")
        .put("version", "v1alpha1");
    property(properties, "olm.package").put("packageName", NAME).put("version", version);
    ObjectNode shown = property(properties, "olm.csv.metadata");
    shown.set("annotations", csv.at("/metadata/annotations"));
    shown.set("labels", csv.at("/metadata/labels"));
    shown.set("crdDescriptions", csv.at("/spec/customresourcedefinitions"));
    for (String field :
        List.of(
            "displayName",
            "description",
            "keywords",
            "maturity",
            "minKubeVersion",
            "provider",
            "maintainers",
            "links",
            "installModes")) {
      JsonNode value = csv.at("/spec/" + field);
      if (!value.isMissingNode()) {
        shown.set(field, value);
      }
    }
    ArrayNode images = bundle.putArray("relatedImages");
    images.addObject().put("name", "operator").put("image", image);
    images.addObject().put("name", "").put("image", bundleImage);
    return bundle;
  }

  private static ObjectNode property(ArrayNode properties, String type) {
    return properties.addObject().put("type", type).putObject("value");
  }

  private ObjectNode channel(List<String> releases) {
    ObjectNode channel = Yaml.MAPPER.createObjectNode();
    channel.put("schema", "olm.channel").put("package", NAME).put("name", CHANNEL);
    ArrayNode entries = channel.putArray("entries");
    String before = null;
    for (String release : releases) {
      ObjectNode entry = entries.addObject().put("name", name(release));
      if (before != null) {
        entry.put("replaces", name(before));
      }
      before = release;
    }
    ObjectNode entry = entries.addObject().put("name", name(version));
    if (before != null) {
      entry.put("replaces", name(before));
    }
    entry.put("skipRange", skipRange());
    return channel;
  }

  private Optional<String> previous(Path folder) throws IOException {
    List<String> releases = releases(folder);
    return releases.isEmpty() ? Optional.empty() : Optional.of(releases.get(releases.size() - 1));
  }

  /** The catalog's released versions before this one, the oldest first. */
  private List<String> releases(Path folder) throws IOException {
    return bundles(folder).stream()
        .map(Bundle::versionOf)
        .filter(release -> !release.endsWith(SNAPSHOT) && !release.equals(version))
        .sorted(Comparator.comparing(Bundle::numbers, Arrays::compare))
        .toList();
  }

  private static int[] numbers(String release) {
    return Arrays.stream(release.split("\\.")).mapToInt(Integer::parseInt).toArray();
  }

  private static List<Path> bundles(Path folder) throws IOException {
    Path catalog = folder.resolve("catalog").resolve(NAME);
    return Files.isDirectory(catalog)
        ? list(catalog).stream()
            .filter(file -> file.getFileName().toString().startsWith("bundle-v"))
            .toList()
        : List.of();
  }

  private static String versionOf(Path bundle) {
    return bundle.getFileName().toString().replaceAll("^bundle-v|\\.yaml$", "");
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(
          files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList());
    }
  }
}
