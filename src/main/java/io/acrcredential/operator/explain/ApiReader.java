// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import com.fasterxml.jackson.databind.JsonNode;
import io.acrcredential.operator.explain.facts.Read;
import io.acrcredential.operator.kubernetes.ApiRefusal;
import io.acrcredential.operator.kubernetes.RawObject;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reads from the API server; a refusal is a result, not an exception. */
final class ApiReader {

  private final KubernetesClient client;
  private String unreachable = "";

  ApiReader(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Reads an object.
   *
   * @param what for people, as an argument of {@code kubectl auth can-i}: {@code get pods in
   *     team-a}
   * @param read returns null if the object does not exist
   */
  <T> Read<T> read(String what, Supplier<T> read) {
    if (!unreachable.isEmpty()) {
      return new Read.Unreadable<>(unreachable);
    }
    try {
      T object = read.get();
      return object == null ? new Read.Absent<>() : new Read.Found<>(object);
    } catch (KubernetesClientException e) {
      return failed(what, e);
    }
  }

  private <T> Read<T> failed(String what, KubernetesClientException e) {
    if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
      return new Read.Absent<>();
    }
    return switch (ApiRefusal.of(e)) {
      case NO_ANSWER -> {
        // Every other read would wait as long.
        unreachable = "the API server does not answer (" + ExceptionText.of(e) + ")";
        yield new Read.Unreadable<>(unreachable);
      }
      case NOT_PERMITTED, FORBIDDEN -> new Read.Unreadable<>(what + " (forbidden)");
      default -> new Read.Unreadable<>(what + " (" + ExceptionText.of(e) + ")");
    };
  }

  /**
   * Reads an object as JSON, of which the client has no model, or whose model leaves out fields.
   *
   * @param path such as {@code /api/v1/namespaces/a/serviceaccounts/b}
   */
  <T> Read<T> json(String what, String path, Function<JsonNode, T> convert) {
    return read(
        what,
        () -> {
          JsonNode object = new RawObject(client, path).get();
          return object == null ? null : convert.apply(object);
        });
  }
}
