// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The manifests that the project ships, and others, as text. */
public final class Manifests {

  private static final Path FOLDER = Path.of("src", "main", "kubernetes");

  private Manifests() {}

  /** A shipped manifest, by its path in {@code src/main/kubernetes}. */
  public static String shipped(String file) {
    return read(FOLDER.resolve(file));
  }

  /** The text of a manifest. */
  public static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces text that must be there. */
  public static String replace(String text, String part, String replacement) {
    if (!text.contains(part)) {
      throw new IllegalStateException("The manifest does not contain " + part);
    }
    return text.replace(part, replacement);
  }

  /** Its objects. */
  public static List<HasMetadata> objects(KubernetesClient client, String yaml) {
    return client.load(new ByteArrayInputStream(yaml.getBytes(UTF_8))).items();
  }

  /** Creates its objects, as {@code kubectl create -f} does. */
  public static void create(KubernetesClient client, String yaml) {
    objects(client, yaml).forEach(object -> client.resource(object).create());
  }

  /** Deletes its objects. */
  public static void delete(KubernetesClient client, String yaml) {
    objects(client, yaml).forEach(object -> client.resource(object).delete());
  }
}
