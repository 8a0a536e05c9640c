// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.RawObject;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.util.List;
import java.util.TreeSet;

/**
 * The MutatingWebhookConfiguration of the installation. The operator changes nothing of it but the
 * {@code caBundle}.
 */
final class WebhookConfiguration {

  private static final String PATH =
      "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/";
  private static final String CLIENT = "clientConfig";
  private static final String BUNDLE = "caBundle";

  private final JsonNode object;

  private WebhookConfiguration(JsonNode object) {
    this.object = object;
  }

  /** Reads it; null = it does not exist. */
  static WebhookConfiguration read(KubernetesClient client, String name) {
    JsonNode object = raw(client, name).get();
    return object == null ? null : new WebhookConfiguration(object);
  }

  /** The names under which the API server calls its webhooks. */
  List<String> serverNames() {
    TreeSet<String> names = new TreeSet<>();
    for (JsonNode webhook : object.path("webhooks")) {
      JsonNode service = webhook.path(CLIENT).path("service");
      names.add(
          service.isObject()
              ? service.path("name").asText() + "." + service.path("namespace").asText() + ".svc"
              : host(webhook.path(CLIENT).path("url").asText()));
    }
    return List.copyOf(names);
  }

  private static String host(String url) {
    String host = URI.create(url).getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** Whether all its webhooks have this {@code caBundle}. */
  boolean has(String bundle) {
    for (JsonNode webhook : object.path("webhooks")) {
      if (!webhook.path(CLIENT).path(BUNDLE).asText().equals(bundle)) {
        return false;
      }
    }
    return true;
  }

  /** The patch that sets the {@code caBundle} of all its webhooks. */
  JsonPatch patch(String bundle) {
    JsonPatch patch = JsonPatch.ofVersion(object.at("/metadata/resourceVersion").asText());
    for (int i = 0; i < object.path("webhooks").size(); i++) {
      patch.add(JsonPatch.pointer("webhooks", String.valueOf(i), CLIENT, BUNDLE), bundle);
    }
    return patch;
  }

  static RawObject raw(KubernetesClient client, String name) {
    return new RawObject(client, PATH + name);
  }
}
