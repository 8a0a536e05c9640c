// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.install;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the manifests in {@code src/main/kubernetes}. */
final class RbacManifests {

  private static final Path FOLDER = Path.of("src/main/kubernetes");

  private RbacManifests() {}

  /** The files that {@code kubectl apply -k} takes, in its order. */
  static List<String> files() {
    try {
      List<String> files = new ArrayList<>(resources("kustomization.yaml"));
      files.addAll(resources("confinement/kustomization.yaml"));
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> resources(String kustomization) throws IOException {
    JsonNode root = Serialization.yamlMapper().readTree(FOLDER.resolve(kustomization).toFile());
    String folder = kustomization.substring(0, kustomization.lastIndexOf('/') + 1);
    List<String> files = new ArrayList<>();
    root.get("resources").forEach(file -> files.add(folder + file.asText()));
    return files;
  }

  /** All objects of the file. */
  static List<HasMetadata> load(String file) {
    try (InputStream in = Files.newInputStream(FOLDER.resolve(file))) {
      Object read = Serialization.unmarshal(in);
      return read instanceof HasMetadata one ? List.of(one) : cast(read);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static List<HasMetadata> cast(Object read) {
    return read instanceof List<?> list
        ? (List<HasMetadata>) list
        : ((io.fabric8.kubernetes.api.model.KubernetesList) read).getItems();
  }

  /** All objects of the file that are of this type. */
  static <T extends HasMetadata> List<T> load(String file, Class<T> type) {
    return load(file).stream().filter(type::isInstance).map(type::cast).toList();
  }
}
