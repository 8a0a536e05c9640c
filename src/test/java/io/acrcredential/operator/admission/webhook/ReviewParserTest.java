// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.admission.webhook.AdmissionReviewer.MalformedReviewException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ReviewParserTest {

  private static final String ACCOUNT =
      """
      apiVersion: v1
      kind: ServiceAccount
      metadata:
        name: app
        namespace: team
        labels: {a: b}
        managedFields: [{manager: kubectl, fieldsV1: {f:imagePullSecrets: {}}}]
      imagePullSecrets: [{name: mine}, {}]
      """;

  private static JsonNode parse(JsonNode review) throws IOException {
    return ReviewParser.parse(review.toString().getBytes());
  }

  private static ObjectNode object(JsonNode review) {
    return (ObjectNode) review.at("/request/object");
  }

  @Test
  void keepsWhatDecidesTheAnswer() throws IOException {
    // given
    ObjectNode review = Reviews.update("operator", ACCOUNT, ACCOUNT);

    // when
    JsonNode parsed = parse(review);

    // then
    ObjectNode expected = review.deepCopy();
    ((ObjectNode) expected.at("/request/kind")).retain("kind");
    for (String version : new String[] {"object", "oldObject"}) {
      ObjectNode account = (ObjectNode) expected.path("request").path(version);
      account.retain("metadata", "imagePullSecrets");
      ((ObjectNode) account.path("metadata")).remove("namespace");
    }
    assertThat(parsed).isEqualTo(expected);
  }

  @Test
  void keepsOfAPodWhatDecidesTheAnswer() throws IOException {
    // given
    ObjectNode review =
        Reviews.create(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              name: app
              annotations: {kubernetes.io/config.mirror: abc, other: annotation}
            spec:
              serviceAccountName: app
              imagePullSecrets: [{name: mine}, {}]
              containers: [{name: app, image: app, env: [{name: A, value: b}]}]
            """);

    // when
    JsonNode parsed = parse(review);

    // then
    ObjectNode pod = object(review).deepCopy();
    pod.remove("apiVersion");
    pod.remove("kind");
    ((ObjectNode) pod.at("/metadata/annotations")).remove("other");
    ((ObjectNode) pod.path("spec")).remove("containers");
    assertThat(object(parsed)).isEqualTo(pod);
  }

  @Test
  void skipsWhatDoesNot() throws IOException {
    // given
    ObjectNode review = Reviews.create(ACCOUNT);
    ArrayNode secrets = object(review).putArray("secrets");
    for (int i = 0; i < 500_000; i++) {
      secrets.addObject();
    }

    // then
    assertThat(object(parse(review)).has("secrets")).isFalse();
  }

  @Test
  void readsNoReviewWithTooManyValues() throws IOException {
    // given
    ObjectNode review = Reviews.create(ACCOUNT);
    ArrayNode secrets = object(review).putArray("imagePullSecrets");
    for (int i = 0; i < ReviewParser.MAX_VALUES / 2 - 50; i++) {
      secrets.addObject().put("name", "s");
    }
    assertThat(object(parse(review)).path("imagePullSecrets")).hasSameSizeAs(secrets);

    // when
    for (int i = 0; i < 50; i++) {
      secrets.addObject().put("name", "s");
    }

    // then
    assertThatThrownBy(() -> parse(review)).isInstanceOf(MalformedReviewException.class);
  }
}
