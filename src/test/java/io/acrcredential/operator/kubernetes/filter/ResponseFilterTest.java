// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseFilterTest {

  private static final String LIST = "/api/v1/serviceaccounts?limit=500";

  private final ResponseFilter filter = new ResponseFilter();

  @Test
  void keepsTheFieldsOfRecordsInALList() throws Exception {
    // given
    String text =
        """
        {"kind": "ServiceAccountList", "apiVersion": "v1",
         "metadata": {"resourceVersion": "7", "continue": "next", "remainingItemCount": 3},
         "items": [
          {"metadata": {"name": "app", "namespace": "ns", "uid": "u", "resourceVersion": "5",
            "labels": {"team": "a"}, "annotations": {"note": "%1$s"},
            "managedFields": [{"manager": "m"}]},
           "secrets": [{"name": "%1$s"}],
           "imagePullSecrets": [{"name": "s", "other": 1}],
           "automountServiceAccountToken": false}]}
        """
            .formatted("x".repeat(100_000));

    // when
    String kept = filtered(LIST, text);

    // then
    assertThat(kept)
        .isEqualTo(
            """
            {"kind":"ServiceAccountList","apiVersion":"v1",\
            "metadata":{"resourceVersion":"7","continue":"next","remainingItemCount":3},\
            "items":[{"metadata":{"name":"app","namespace":"ns","resourceVersion":"5",\
            "labels":{"team":"a"}},"imagePullSecrets":[{"name":"s"}]}]}\
            """);
  }

  /** By labels or entries, which records keep. */
  @Test
  void ignoresAServiceAccountThatWouldTakeTooMuchMemory() throws Exception {
    // given
    String text =
        """
        {"items": [
          {"metadata": {"name": "large"}, "imagePullSecrets": [{"name": "%s"}]},
          {"metadata": {"name": "small"}}]}
        """
            .formatted("x".repeat(ObjectMasks.SERVICE_ACCOUNT_LIMIT));

    // then
    assertThat(filtered(LIST, text)).isEqualTo("{\"items\":[{\"metadata\":{\"name\":\"small\"}}]}");
  }

  @Test
  void keepsOwnersOfFieldsInTheReplyToAWriteUnlessTheyAreManyMegabytes() throws Exception {
    // given
    String path = "/api/v1/namespaces/ns/serviceaccounts/app?fieldManager=f";
    String text =
        "{\"metadata\":{\"name\":\"app\",\"uid\":\"u\",\"managedFields\":[{\"manager\":\"%s\"}]}}";

    // then
    assertThat(filtered(path, text.formatted("m")))
        .isEqualTo("{\"metadata\":{\"name\":\"app\",\"managedFields\":[{\"manager\":\"m\"}]}}");
    assertThat(filtered(path, text.formatted("m".repeat(300_000))))
        .isEqualTo("{\"metadata\":{\"name\":\"app\"}}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "404 page not found\n",
        "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"gone\",\"reason\":\"Expired\",\"code\":410}",
        "",
      })
  void keepsErrors(String text) throws Exception {
    assertThat(filtered(LIST, text)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/namespaces/kube-system/secrets/acr-credential-state-0",
        "/api/v1/namespaces/kube-system/secrets?fieldSelector=metadata.name%3Dkey",
        "/api/v1/namespaces/kube-system/configmaps/acr-configuration",
        "/api/v1/namespaces/kube-system",
        "/apis/acrcredential.io/v1alpha1/acrcredentialpolicies",
        "/api/v1/serviceaccounts?watch=true",
      })
  void leavesOtherResponsesAlone(String path) throws Exception {
    // given
    String text = "{\"metadata\": {\"uid\": \"u\"}, \"data\": {\"k\": \"v\"}}";

    // then
    assertThat(filtered(path, text)).isEqualTo(text);
  }

  /** In parts of 1 to 1,000 bytes; each requests the next one. */
  private String filtered(String path, String text) throws Exception {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    AtomicInteger requested = new AtomicInteger();
    AsyncBody.Consumer<List<ByteBuffer>> consumer =
        filter.consumer(
            (buffers, body) -> {
              buffers.forEach(buffer -> write(kept, buffer));
              requested.incrementAndGet();
            },
            new StandardHttpRequest.Builder()
                .uri(URI.create("https://kubernetes.default.svc" + path))
                .build());
    byte[] bytes = text.getBytes(UTF_8);
    int parts = 0;
    for (int from = 0; from < bytes.length; parts++) {
      int length = Math.min(1 + parts * 100 % 1_000, bytes.length - from);
      consumer.consume(List.of(ByteBuffer.wrap(bytes, from, length)), null);
      from += length;
    }
    assertThat(requested).hasValue(parts);
    return kept.toString(UTF_8);
  }

  private static void write(ByteArrayOutputStream kept, ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    try {
      kept.write(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
