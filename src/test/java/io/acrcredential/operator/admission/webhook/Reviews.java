// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;

/** AdmissionReviews as the API server sends them. */
public final class Reviews {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Reviews() {}

  /** A review of a request that creates this object. */
  public static ObjectNode create(String yaml) {
    ObjectNode object = (ObjectNode) parse(yaml);
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
    ObjectNode request = review.putObject("request");
    request.put("uid", "705ab4f5-6393-11e8-b7cc-42010a800002");
    request
        .putObject("kind")
        .put("group", "")
        .put("version", "v1")
        .put("kind", object.path("kind").asText());
    request.put("operation", "CREATE");
    request.put("namespace", object.at("/metadata/namespace").asText());
    request.putObject("userInfo").put("username", "somebody");
    request.put("dryRun", false);
    request.set("object", object);
    request.putNull("oldObject");
    return review;
  }

  /** A review of a request by which a user replaces an object. */
  public static ObjectNode update(String user, String oldYaml, String yaml) {
    ObjectNode review = create(yaml);
    ObjectNode request = (ObjectNode) review.path("request");
    request.put("operation", "UPDATE");
    request.putObject("userInfo").put("username", user);
    request.set("oldObject", parse(oldYaml));
    return review;
  }

  private static JsonNode parse(String yaml) {
    try {
      return Serialization.yamlMapper().readTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The JSON patch in an answer, as text; empty = it changes nothing. */
  public static String patch(JsonNode answer) {
    return new String(Base64.getDecoder().decode(answer.at("/response/patch").asText()), UTF_8);
  }

  /** The answer in the body of a reply. */
  public static JsonNode answer(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
