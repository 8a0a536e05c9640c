// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes.filter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import io.fabric8.kubernetes.client.http.WebSocketUpgradeResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtHandler;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
            .formatted("x".repeat(ObjectMasks.OBJECT_LIMIT));

    // then
    assertThat(filtered(LIST, text)).isEqualTo("{\"items\":[{\"metadata\":{\"name\":\"small\"}}]}");
  }

  /**
   * Managed fields contain the keys of list elements, as long as etcd permits, and a client that
   * sends them nests them as deep as Go decodes.
   */
  @Test
  void aLongOrDeepNameInWhatIsDroppedDoesNotFailTheList() throws Exception {
    // given
    String text =
        """
        {"items": [
          {"metadata": {"name": "long",
            "managedFields": [{"fieldsV1": {"f:secrets": {"k:{\\"name\\":\\"%s\\"}": {}}}}]}},
          {"metadata": {"name": "deep", "managedFields": [{"fieldsV1": %s1%s}]}},
          {"metadata": {"name": "normal"}}]}
        """
            .formatted("x".repeat(1_400_000), "{\"f:a\":".repeat(9_990), "}".repeat(9_990));

    // then
    assertThat(filtered(LIST, text))
        .isEqualTo(
            "{\"items\":[{\"metadata\":{\"name\":\"long\"}},{\"metadata\":{\"name\":\"deep\"}},"
                + "{\"metadata\":{\"name\":\"normal\"}}]}");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 48_000, 50_001, 300_000})
  void keepsOwnersOfFieldsInTheReplyToAWriteUnlessTheyAreTooLargeForTheClient(int length)
      throws Exception {
    // given
    String path = "/api/v1/namespaces/ns/serviceaccounts/app?fieldManager=f";
    String owners = "[{\"fieldsV1\":{\"%s\":1}}]".formatted("x".repeat(length));
    String text =
        "{\"metadata\":{\"name\":\"app\",\"uid\":\"u\",\"managedFields\":%s}}".formatted(owners);

    // when
    String kept = filtered(path, text);

    // then
    JsonNode metadata = new ObjectMapper().readTree(kept).path("metadata");
    assertThat(metadata.path("name").asText()).isEqualTo("app");
    assertThat(metadata.has("managedFields")).isEqualTo(length < 50_000);
  }

  @Test
  void logsOnceWhichObjectIsIgnored() throws Exception {
    // given
    List<String> logged = new CopyOnWriteArrayList<>();
    Handler handler =
        new ExtHandler() {
          @Override
          protected void doPublish(ExtLogRecord entry) {
            logged.add(entry.getLevel() + " " + entry.getFormattedMessage());
          }
        };
    String object =
        """
        {"kind": "%s", "metadata": {"name": "%s", "namespace": "team", "labels": {"name": "%s"}}}
        """;
    String large = "x".repeat(ObjectMasks.OBJECT_LIMIT);
    String account = object.formatted("ServiceAccount", "app\\n[forged]", large);
    String pod = object.formatted("Pod", "large", "").replace("{\"name\": \"\"}", "{}");
    String largePod =
        pod.replace("\"labels\"", "\"ownerReferences\": [\"" + large + "\"], \"labels\"");
    Logger logger = Logger.getLogger(IgnoredObjects.class.getName());
    logger.addHandler(handler);
    try {
      // when
      for (int i = 0; i < 2; i++) {
        filtered(LIST, "{\"items\": [%s]}".formatted(account));
        filtered("/api/v1/pods", "{\"items\": [%s, %s]}".formatted(pod, largePod));
        new WatchEventSerialization(new ObjectMapper())
            .unmarshal("{\"type\":\"ADDED\",\"object\":%s}".formatted(account), WatchEvent.class);
      }
      filtered(
          "/api/v1/namespaces/ns/serviceaccounts/app",
          "{\"metadata\":{\"name\":\"app\",\"managedFields\":[\"%s\"]}}".formatted(large));
    } finally {
      logger.removeHandler(handler);
    }

    // then
    String reason = "is ignored: the fields that the operator reads take more than 512 KiB";
    assertThat(logged)
        .containsExactly(
            "WARN ServiceAccount team/app [forged] " + reason, "WARN Pod team/large " + reason);
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

  /** The reply to a write has some 700 bytes, and filtering it would cost more than decoding. */
  @ParameterizedTest
  @CsvSource({"700,false", "8192,false", "8193,true", "99999999999,true", "a,true", ",true"})
  void filtersOnlyWhatIsNotSmall(String length, boolean filtered) throws Exception {
    // given
    String text = "{\"metadata\":{\"name\":\"app\",\"uid\":\"u\"}}";
    Map<String, List<String>> headers =
        length == null ? Map.of() : Map.of("Content-Length", List.of(length));

    // when
    String kept = filtered("/api/v1/namespaces/ns/serviceaccounts/app", text, headers);

    // then
    assertThat(kept).isEqualTo(filtered ? "{\"metadata\":{\"name\":\"app\"}}" : text);
  }

  private String filtered(String path, String text) throws Exception {
    return filtered(path, text, Map.of());
  }

  /** In parts of 1 to 1,000 bytes; each requests the next one. */
  private String filtered(String path, String text, Map<String, List<String>> headers)
      throws Exception {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    AtomicInteger requested = new AtomicInteger();
    HttpRequest request =
        new StandardHttpRequest.Builder()
            .uri(URI.create("https://kubernetes.default.svc" + path))
            .build();
    AsyncBody.Consumer<List<ByteBuffer>> consumer =
        filter.consumer(
            (buffers, body) -> {
              buffers.forEach(buffer -> write(kept, buffer));
              requested.incrementAndGet();
            },
            request);
    filter.after(request, response(headers), consumer);
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

  private static HttpResponse<?> response(Map<String, List<String>> headers) {
    return new WebSocketUpgradeResponse(null, 200, headers);
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
