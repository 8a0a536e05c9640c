// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.explain.facts.SecretFacts;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads which hosts a Secret has a login for, and whether kubelet can decode it. Nothing of its
 * data leaves this class but the hosts. Source of the rules: k8s.io/kubernetes,
 * pkg/credentialprovider/config.go.
 */
final class SecretReader {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String JSON_TYPE = "kubernetes.io/dockerconfigjson";
  private static final String JSON_KEY = ".dockerconfigjson";
  private static final String OLD_TYPE = "kubernetes.io/dockercfg";
  private static final String OLD_KEY = ".dockercfg";

  private SecretReader() {}

  static SecretFacts facts(Secret secret) {
    String type = secret.getType() == null ? "" : secret.getType();
    List<String> keys = new ArrayList<>();
    String defect = "";
    try {
      JsonNode entries = entries(secret, type);
      entries.properties().forEach(entry -> keys.add(entry.getKey()));
      defect =
          entries.properties().stream()
              .map(SecretReader::defect)
              .filter(found -> !found.isEmpty())
              .findFirst()
              .orElse("");
    } catch (JsonProcessingException e) {
      defect = "not JSON";
    } catch (IllegalArgumentException e) {
      defect = "its data is not base64";
    }
    ObservedSecret observed = ObservedSecret.of(secret);
    return new SecretFacts(
        secret.getMetadata().getName(),
        type,
        observed.owned(),
        Optional.ofNullable(observed.expiresAt()),
        List.copyOf(keys),
        defect);
  }

  /** The entries by host; kubelet ignores Secrets of other types. */
  private static JsonNode entries(Secret secret, String type) throws JsonProcessingException {
    Map<String, String> data = secret.getData() == null ? Map.of() : secret.getData();
    boolean isOld = type.equals(OLD_TYPE);
    String encoded = data.get(isOld ? OLD_KEY : JSON_KEY);
    if (encoded == null || !isOld && !type.equals(JSON_TYPE)) {
      return JSON.createObjectNode();
    }
    JsonNode config = JSON.readTree(new String(Base64.getDecoder().decode(encoded), UTF_8));
    JsonNode entries = isOld ? config : config.path("auths");
    if (entries.isMissingNode() || entries.isNull()) {
      return JSON.createObjectNode();
    }
    if (!entries.isObject()) {
      throw new IllegalArgumentException("auths");
    }
    return entries;
  }

  private static String defect(Map.Entry<String, JsonNode> entry) {
    JsonNode login = entry.getValue();
    if (login.isNull()) {
      return "";
    }
    if (!login.isObject()) {
      return "the entry of %s is no object".formatted(entry.getKey());
    }
    for (String field : List.of("username", "password", "email", "auth")) {
      JsonNode value = login.path(field);
      if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
        return "%s of %s is no text".formatted(field, entry.getKey());
      }
    }
    String auth = login.path("auth").asText("");
    return auth.isEmpty() || isDecodable(auth)
        ? ""
        : "auth of %s is not base64 of user:password".formatted(entry.getKey());
  }

  /** Go's decoder skips line breaks, and kubelet accepts a text without padding. */
  private static boolean isDecodable(String auth) {
    String text = auth.replaceAll("[\\r\\n]", "");
    try {
      return new String(Base64.getDecoder().decode(text), UTF_8).contains(":");
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
