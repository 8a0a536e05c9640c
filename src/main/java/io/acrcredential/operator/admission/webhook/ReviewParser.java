// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.admission.webhook.AdmissionReviewer.MalformedReviewException;
import java.io.IOException;
import java.util.Map;

/**
 * Reads those fields of an AdmissionReview that decide the answer. The rest is skipped, because a
 * tree of short values takes thirty times the memory of their text.
 */
final class ReviewParser {

  /** How many names and values of a review are kept. A usual one has less than 200. */
  static final int MAX_VALUES = 10_000;

  /** Whoever may create objects chooses names of fields, so they are not interned. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /**
   * The fields that are kept. Those of an array apply to its elements.
   *
   * @param fields by name; null = all
   */
  private record Kept(Map<String, Kept> fields) {
    private static final Kept ALL = new Kept(null);

    /** Null = the field is skipped. */
    private Kept field(String name) {
      return fields == null ? ALL : fields.get(name);
    }
  }

  private static final Kept LIST = new Kept(Map.of("name", Kept.ALL));

  private static final Kept OBJECT =
      new Kept(
          Map.of(
              "metadata",
              new Kept(
                  Map.of(
                      "name", Kept.ALL,
                      "labels", Kept.ALL,
                      "annotations", new Kept(Map.of(AdmissionReviewer.MIRROR, Kept.ALL)),
                      "deletionTimestamp", Kept.ALL,
                      "managedFields", Kept.ALL)),
              "imagePullSecrets",
              LIST,
              "spec",
              new Kept(Map.of("serviceAccountName", Kept.ALL, "imagePullSecrets", LIST))));

  private static final Kept REVIEW =
      new Kept(
          Map.of(
              "apiVersion",
              Kept.ALL,
              "kind",
              Kept.ALL,
              "request",
              new Kept(
                  Map.of(
                      "uid",
                      Kept.ALL,
                      "kind",
                      new Kept(Map.of("kind", Kept.ALL)),
                      "namespace",
                      Kept.ALL,
                      "operation",
                      Kept.ALL,
                      "dryRun",
                      Kept.ALL,
                      "userInfo",
                      new Kept(Map.of("username", Kept.ALL)),
                      "object",
                      OBJECT,
                      "oldObject",
                      OBJECT))));

  private final JsonParser parser;
  private int values;

  private ReviewParser(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Reads a review.
   *
   * @throws IOException if it is no JSON
   * @throws MalformedReviewException if more than {@value #MAX_VALUES} values would be kept
   */
  static JsonNode parse(byte[] body) throws IOException {
    try (JsonParser parser = JSON.createParser(body)) {
      return parser.nextToken() == null
          ? NODES.missingNode()
          : new ReviewParser(parser).value(REVIEW);
    }
  }

  private JsonNode value(Kept kept) throws IOException {
    if (++values > MAX_VALUES) {
      throw new MalformedReviewException();
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(kept);
      case START_ARRAY -> array(kept);
      case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(parser.getBooleanValue());
      case VALUE_NULL -> NODES.nullNode();
      case VALUE_STRING -> NODES.textNode(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> NODES.textNode(parser.getText());
      default -> throw new MalformedReviewException();
    };
  }

  private ObjectNode object(Kept kept) throws IOException {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      Kept field = kept.field(name);
      parser.nextToken();
      if (field == null) {
        parser.skipChildren();
      } else {
        object.set(name, value(field));
      }
    }
    return object;
  }

  private ArrayNode array(Kept kept) throws IOException {
    ArrayNode array = NODES.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(kept));
    }
    return array;
  }
}
