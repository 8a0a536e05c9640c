// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pullsecret;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The value of {@code .dockerconfigjson}: {@code {"auths": {"host/path": {…}}}}. Entries are
 * sorted, so that the same entries are the same bytes.
 */
final class DockerConfig {

  /** The one key of a Secret of type {@code kubernetes.io/dockerconfigjson}. */
  static final String KEY = ".dockerconfigjson";

  private static final ObjectMapper JSON = new ObjectMapper();

  private DockerConfig() {}

  /**
   * One entry of {@code auths}. Readers split {@code auth} at its first colon, so a password may
   * contain colons.
   */
  static JsonNode entry(String username, String password, String email) {
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry.put("username", username);
    entry.put("password", password);
    if (email != null) {
      entry.put("email", email);
    }
    String auth = username + ':' + password;
    entry.put("auth", Base64.getEncoder().encodeToString(auth.getBytes(UTF_8)));
    return entry;
  }

  static byte[] render(SortedMap<String, JsonNode> auths) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode entries = root.putObject("auths");
    auths.forEach(entries::set);
    try {
      return JSON.writeValueAsBytes(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always writable", e);
    }
  }

  /** The entries of a docker config that another component wrote; empty if it is not readable. */
  static SortedMap<String, JsonNode> parse(byte[] json) {
    SortedMap<String, JsonNode> auths = new TreeMap<>();
    try {
      JsonNode entries = JSON.readTree(json).path("auths");
      for (Map.Entry<String, JsonNode> entry : entries.properties()) {
        auths.put(entry.getKey(), entry.getValue());
      }
    } catch (IOException e) {
      // Kubelet cannot read it either, so there is nothing to keep.
      return new TreeMap<>();
    }
    return auths;
  }
}
