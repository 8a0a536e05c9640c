// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.internal.OperationSupport;
import io.fabric8.kubernetes.client.utils.URLUtils;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;

/**
 * An object as the API server returns it, with the managed fields, which the operator's types leave
 * out ({@link ManagedFieldsFilter}).
 */
public final class RawObject {

  private static final String FIELD_MANAGER = "?fieldManager=" + JsonPatch.FIELD_MANAGER;

  private final KubernetesClient client;
  private final String path;

  /**
   * @param path such as {@code /api/v1/namespaces/a/serviceaccounts/b}
   */
  public RawObject(KubernetesClient client, String path) {
    this.client = client;
    this.path = path;
  }

  /**
   * Reads it.
   *
   * @return null if it does not exist
   * @throws KubernetesClientException if the API server refuses
   */
  public JsonNode get() {
    try {
      return new Request(client).get(path);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Patches it.
   *
   * @return the object after the patch and after admission
   * @throws KubernetesClientException if the API server refuses
   */
  public JsonNode patch(JsonPatch patch) {
    return new Request(client).patch(path + FIELD_MANAGER, patch);
  }

  /** What the object would be after the patch; nothing is written. */
  public JsonNode dryRun(JsonPatch patch) {
    return new Request(client).patch(path + FIELD_MANAGER + "&dryRun=All", patch);
  }

  /** {@code Client.raw} cannot send the content type of a JSON patch. */
  private static final class Request extends OperationSupport {
    Request(KubernetesClient client) {
      super(client);
    }

    JsonNode get(String path) {
      try {
        return handleGet(new URL(url(path)), JsonNode.class);
      } catch (IOException e) {
        throw KubernetesClientException.launderThrowable(e);
      }
    }

    JsonNode patch(String path, JsonPatch patch) {
      try {
        return handleResponse(
            httpClient.newHttpRequestBuilder().uri(url(path)).patch(JSON_PATCH, patch.toString()),
            JsonNode.class);
      } catch (IOException e) {
        throw KubernetesClientException.launderThrowable(e);
      }
    }

    private String url(String path) {
      return URLUtils.join(config.getMasterUrl(), path);
    }
  }
}
