// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Answers AdmissionReviews (admission.k8s.io/v1). It always allows, and only appends: the same
 * rules as the admission policies {@code bind-at-creation} and {@code inject-pods} have in CEL.
 */
final class AdmissionReviewer {

  /**
   * The annotation of the mirrors that kubelet creates of static pods. The API server refuses a
   * mirror that refers to a Secret.
   */
  static final String MIRROR = "kubernetes.io/config.mirror";

  private final CoveringPolicies policies;
  private final NamespaceLabels namespaces;
  private final EntryPatch entry;
  private final Set<String> excluded;
  private final Set<String> unbindingUsers;

  /**
   * @param excluded namespaces that the operator must not touch
   * @param unbindingUsers the users whose removal of the entry is left alone: the operator and
   *     cleanup
   */
  AdmissionReviewer(
      CoveringPolicies policies,
      NamespaceLabels namespaces,
      EntryPatch entry,
      Set<String> excluded,
      Set<String> unbindingUsers) {
    this.policies = policies;
    this.namespaces = namespaces;
    this.entry = entry;
    this.excluded = excluded;
    this.unbindingUsers = unbindingUsers;
  }

  /**
   * Answers a review.
   *
   * @return the AdmissionReview with the response; fails if {@code review} is none
   */
  Future<ObjectNode> answer(JsonNode review) {
    JsonNode request = review.path("request");
    if (!request.path("uid").isTextual()) {
      return Future.failedFuture(new MalformedReviewException());
    }
    return patch(request).map(patch -> response(review, request, patch));
  }

  private Future<Optional<ArrayNode>> patch(JsonNode request) {
    JsonNode object = request.path("object");
    String namespace = request.path("namespace").asText();
    if (!object.isObject() || excluded.contains(namespace)) {
      return unchanged();
    }
    return switch (request.path("kind").path("kind").asText()) {
      case "ServiceAccount" ->
          object.path("metadata").hasNonNull("deletionTimestamp") || isRemoval(request)
              ? unchanged()
              : append(namespace, object, "", labels -> covers(namespace, labels, object));
      case "Pod" ->
          !request.path("operation").asText().equals("CREATE") || isMirror(object)
              ? unchanged()
              : append(
                  namespace,
                  object.path("spec"),
                  "/spec",
                  labels -> policies.injectPod(namespace, labels, serviceAccount(object)));
      default -> unchanged();
    };
  }

  private static Future<Optional<ArrayNode>> unchanged() {
    return Future.succeededFuture(Optional.empty());
  }

  /**
   * Appends the entry to a list that does not have it.
   *
   * @param holder the object that has the list, and the pointer to it
   * @param isCovered whether a policy covers the object, if the namespace has these labels
   */
  private Future<Optional<ArrayNode>> append(
      String namespace, JsonNode holder, String pointer, Predicate<Map<String, String>> isCovered) {
    return entry.isIn(holder)
        ? unchanged()
        : namespaces
            .of(namespace)
            .map(labels -> labels.filter(isCovered).map(l -> entry.of(holder, pointer)));
  }

  private static boolean isMirror(JsonNode pod) {
    return pod.path("metadata").path("annotations").has(MIRROR);
  }

  /** The API server fills it in before, unless its admission plugin ServiceAccount is off. */
  private static String serviceAccount(JsonNode pod) {
    String name = pod.path("spec").path("serviceAccountName").asText();
    return name.isEmpty() ? "default" : name;
  }

  private boolean covers(String namespace, Map<String, String> labels, JsonNode account) {
    JsonNode metadata = account.path("metadata");
    // With generateName there is no name yet, so only * and selectors match.
    return policies.bindServiceAccount(
        namespace, labels, metadata.path("name").asText(), labels(metadata));
  }

  private static Map<String, String> labels(JsonNode metadata) {
    Map<String, String> labels = new HashMap<>();
    metadata
        .path("labels")
        .fields()
        .forEachRemaining(label -> labels.put(label.getKey(), label.getValue().asText()));
    return labels;
  }

  /**
   * Whether the operator or cleanup removes the entry, also in their next request, which changes
   * nothing but the owners of the fields. In a dry run the entry is added again: by that, the
   * operator finds out whether the webhook works.
   */
  private boolean isRemoval(JsonNode request) {
    if (!unbindingUsers.contains(request.path("userInfo").path("username").asText())
        || !request.path("operation").asText().equals("UPDATE")
        || request.path("dryRun").asBoolean()) {
      return false;
    }
    JsonNode old = request.path("oldObject");
    return entry.isIn(old) || !managedFields(old).equals(managedFields(request.path("object")));
  }

  private static JsonNode managedFields(JsonNode object) {
    return object.path("metadata").path("managedFields");
  }

  private static ObjectNode response(JsonNode review, JsonNode request, Optional<ArrayNode> patch) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("apiVersion", review.path("apiVersion").asText());
    answer.put("kind", review.path("kind").asText());
    ObjectNode response = answer.putObject("response");
    response.put("uid", request.path("uid").asText());
    response.put("allowed", true);
    patch.ifPresent(
        operations -> {
          response.put("patchType", "JSONPatch");
          response.put(
              "patch",
              Base64.getEncoder()
                  .encodeToString(operations.toString().getBytes(StandardCharsets.UTF_8)));
        });
    return answer;
  }

  /** The body of a request is no AdmissionReview with a request. */
  static final class MalformedReviewException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedReviewException() {
      super("not an AdmissionReview", null, false, false);
    }
  }
}
