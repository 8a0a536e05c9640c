// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
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

  /**
   * Creates its objects, as {@code kubectl create -f} does. Waits until the kinds of definitions
   * among them are served: the API server serves them a moment after it has accepted them.
   */
  public static void create(KubernetesClient client, String yaml) {
    for (HasMetadata object : objects(client, yaml)) {
      client.resource(object).create();
      if (object instanceof CustomResourceDefinition definition) {
        awaitServed(client, definition);
      }
    }
  }

  /** Waits until objects of the kind can be created, and until the API server lists the kind. */
  public static void awaitServed(KubernetesClient client, CustomResourceDefinition definition) {
    var context = CustomResourceDefinitionContext.fromCrd(definition);
    String version = context.getGroup() + "/" + context.getVersion();
    Awaits.soon()
        .ignoreException(KubernetesClientException.class)
        .until(
            () -> {
              APIResourceList listed = client.getApiResources(version);
              return client.genericKubernetesResources(context).list() != null
                  && listed != null
                  && listed.getResources().stream()
                      .anyMatch(kind -> kind.getKind().equals(context.getKind()));
            });
  }

  /** Deletes its objects. */
  public static void delete(KubernetesClient client, String yaml) {
    objects(client, yaml).forEach(object -> client.resource(object).delete());
  }
}
