// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Appends the entry to a list of imagePullSecrets by a JSON patch. */
final class EntryPatch {

  private static final String LIST = "imagePullSecrets";

  private final String secret;

  /**
   * @param secret the name of the pull Secret in every namespace
   */
  EntryPatch(String secret) {
    this.secret = secret;
  }

  /**
   * Whether the list has the entry.
   *
   * @param holder the object that has the list: a ServiceAccount, or the spec of a pod
   */
  boolean isIn(JsonNode holder) {
    for (JsonNode entry : holder.path(LIST)) {
      if (entry.path("name").asText().equals(secret)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The patch.
   *
   * @param holder the object that has the list
   * @param pointer to the holder; empty = the whole object
   */
  ArrayNode of(JsonNode holder, String pointer) {
    ArrayNode patch = JsonNodeFactory.instance.arrayNode();
    ObjectNode operation = patch.addObject().put("op", "add");
    if (holder.path(LIST).isEmpty()) {
      operation.put("path", pointer + "/" + LIST).putArray("value").addObject().put("name", secret);
    } else {
      operation.put("path", pointer + "/" + LIST + "/-").putObject("value").put("name", secret);
    }
    return patch;
  }
}
