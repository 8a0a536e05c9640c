// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.kubernetes.JsonPatch;
import io.acrcredential.operator.kubernetes.RetryAfterInterceptor;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.api.model.StatusCauseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends the requests with an HTTP client of its own: one connection, no retries, and a time-out
 * that the calling thread enforces. The operations of the Kubernetes client have one time-out for
 * all requests (10 s), which exceeds what a renewal may take.
 */
public final class HttpLeaseApi implements LeaseApi {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private final URI collection;
  private final URI lease;

  private HttpLeaseApi(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
    String server = client.getMasterUrl().toString();
    this.collection =
        URI.create(
            "%s%sapis/coordination.k8s.io/v1/namespaces/%s/leases"
                .formatted(server, server.endsWith("/") ? "" : "/", namespace));
    this.lease = URI.create(collection + "/" + name);
  }

  /** Connects to the same API server as the other client, with the same identity. */
  public static HttpLeaseApi connect(KubernetesClient other, String namespace, String name) {
    KubernetesClient own =
        new KubernetesClientBuilder()
            .withConfig(other.getConfiguration())
            .withKubernetesSerialization(other.getKubernetesSerialization())
            .withHttpClientBuilderConsumer(
                http -> http.connectTimeout(CONNECT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS))
            .build();
    return new HttpLeaseApi(RetryAfterInterceptor.withoutRetries(own), namespace, name);
  }

  @Override
  public LeaseRecord read(Duration timeout) {
    try {
      return send(request(lease), timeout);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public LeaseRecord write(LeaseRecord current, LeaseRecord desired, Duration timeout) {
    if (current == null) {
      return send(request(collection).post("application/json", object(desired)), timeout);
    }
    String patch =
        JsonPatch.ofVersion(current.resourceVersion()).add("/spec", desired.spec()).toString();
    return send(request(lease).patch("application/json-patch+json", patch), timeout);
  }

  private String object(LeaseRecord desired) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
    object.putObject("metadata").put("name", name).put("namespace", namespace);
    object.set("spec", desired.spec());
    return object.toString();
  }

  private HttpRequest.Builder request(URI uri) {
    return client.getHttpClient().newHttpRequestBuilder().uri(uri);
  }

  private LeaseRecord send(HttpRequest.Builder request, Duration timeout) {
    long millis = Math.max(1, timeout.toMillis());
    CompletableFuture<HttpResponse<byte[]>> response =
        client
            .getHttpClient()
            .sendAsync(request.timeout(millis, TimeUnit.MILLISECONDS).build(), byte[].class);
    try {
      return record(response.get(millis, TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      response.cancel(true);
      throw new KubernetesClientException("no response from the API server in time", e);
    } catch (ExecutionException e) {
      throw new KubernetesClientException("the request failed", e.getCause());
    } catch (IOException e) {
      throw new KubernetesClientException("the response is not JSON", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KubernetesClientException("interrupted", e);
    }
  }

  private static LeaseRecord record(HttpResponse<byte[]> response) throws IOException {
    if (!response.isSuccessful()) {
      Status status = status(response);
      throw new KubernetesClientException(
          "the API server refused the request", response.code(), status);
    }
    return LeaseRecord.of(JSON.readTree(response.body()));
  }

  /** A proxy in between answers in other formats than the API server. */
  private static Status status(HttpResponse<byte[]> response) {
    try {
      JsonNode body = JSON.readTree(response.body());
      List<StatusCause> causes = new ArrayList<>();
      body.path("details")
          .path("causes")
          .forEach(
              cause ->
                  causes.add(
                      new StatusCauseBuilder().withReason(cause.path("reason").asText()).build()));
      return new StatusBuilder()
          .withCode(response.code())
          .withMessage(body.path("message").asText(null))
          .withNewDetails()
          .withCauses(causes)
          .endDetails()
          .build();
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
