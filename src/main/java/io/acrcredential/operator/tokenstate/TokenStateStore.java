// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.tokenstate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.Sha256;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.endpoint.ClockOffset;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.RegistryState;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Stores current tokens in Secrets of the credentials namespace, so that a restarted operator or a
 * new leader requests no token from ACR while they are valid. It is written after each refresh, and
 * only Secrets that differ.
 */
public final class TokenStateStore {

  private static final Logger LOG = Logger.getLogger(TokenStateStore.class);

  /** The names are fixed, because RBAC grants these Secrets by name. */
  public static final String NAME = "acr-credential-state-";

  public static final int SECRETS = 8;

  private static final String KEY = "tokens.json";
  private static final int MAX_BYTES = 700 * 1024;

  /** The longest lifetime of a token: a role session of 12 hours, with a margin for clock skew. */
  private static final Duration MAX_TOKEN_LIFETIME = Duration.ofHours(12).plusMinutes(5);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final KubernetesClient client;
  private final String namespace;
  private final WriteFence fence;
  private final Clock clock;
  private final Map<String, RegistryState> restored = new HashMap<>();
  private final Map<Integer, Secret> written = new HashMap<>();

  public TokenStateStore(KubernetesClient client, String namespace, WriteFence fence, Clock clock) {
    this.client = client;
    this.namespace = namespace;
    this.fence = fence;
    this.clock = clock;
  }

  /** Reads what an earlier process or another leader stored, except implausible entries. */
  public void read() {
    restored.clear();
    written.clear();
    for (int i = 0; i < SECRETS; i++) {
      Secret secret = secret(i).get();
      if (secret == null) {
        return;
      }
      written.put(i, secret);
      restore(secret);
    }
  }

  /** The state of the registry that an earlier process stored. */
  public RegistryState restored(RegistryRef ref) {
    return restored.getOrDefault(id(ref), RegistryState.NONE);
  }

  /** Writes the current state, on a worker. */
  public void write(Map<RegistryRef, RegistryState> states) {
    List<byte[]> contents = pack(states);
    for (int i = 0; i < contents.size(); i++) {
      write(i, contents.get(i));
    }
    byte[] empty = "[]".getBytes(UTF_8);
    for (int i = contents.size(); i < SECRETS && written.containsKey(i); i++) {
      write(i, empty);
    }
  }

  private void write(int index, byte[] content) {
    String encoded = Base64.getEncoder().encodeToString(content);
    Secret before = written.get(index);
    if (before != null && encoded.equals(encodedTokens(before))) {
      return;
    }
    SecretBuilder builder = before == null ? new SecretBuilder() : new SecretBuilder(before);
    Secret desired =
        builder
            .withType("acrcredential.io/state")
            .withData(Map.of(KEY, encoded))
            .editOrNewMetadata()
            .withName(NAME + index)
            .withNamespace(namespace)
            .addToLabels(Ownership.LABELS)
            .addToAnnotations(Ownership.annotations(namespace))
            .endMetadata()
            .build();
    fence.permit("Secret", before == null ? "create" : "update");
    Resource<Secret> resource = client.secrets().inNamespace(namespace).resource(desired);
    try {
      written.put(index, before == null ? resource.create() : resource.update());
    } catch (RuntimeException e) {
      // Another client wrote or deleted it: read it before the retry.
      Secret current = secret(index).get();
      if (current == null) {
        written.remove(index);
      } else {
        written.put(index, current);
      }
      throw e;
    }
  }

  private static String encodedTokens(Secret secret) {
    return secret.getData() == null ? null : secret.getData().get(KEY);
  }

  private Resource<Secret> secret(int index) {
    return client.secrets().inNamespace(namespace).withName(NAME + index);
  }

  private List<byte[]> pack(Map<RegistryRef, RegistryState> states) {
    List<byte[]> contents = new ArrayList<>();
    ArrayNode chunk = JsonNodeFactory.instance.arrayNode();
    int size = 0;
    for (RegistryRef ref : states.keySet().stream().sorted().toList()) {
      RegistryState state = states.get(ref);
      if (!state.isValidAt(clock.instant())) {
        continue;
      }
      ObjectNode entry = entry(ref, state);
      int bytes = bytes(entry).length;
      if (size + bytes > MAX_BYTES && contents.size() < SECRETS - 1) {
        contents.add(bytes(chunk));
        chunk = JsonNodeFactory.instance.arrayNode();
        size = 0;
      }
      chunk.add(entry);
      size += bytes + 1;
    }
    contents.add(bytes(chunk));
    return contents;
  }

  private static ObjectNode entry(RegistryRef ref, RegistryState state) {
    RegistryToken token = state.token();
    ObjectNode entry = JsonNodeFactory.instance.objectNode();
    entry.put("id", id(ref));
    entry.put("about", ref.describe());
    entry.put("username", token.username());
    entry.put("password", token.password().reveal());
    entry.put("email", state.email());
    entry.put("issuedAt", token.issuedAt().toString());
    entry.put("expiresAt", token.expiresAt().toString());
    entry.put("keyFingerprint", token.keyFingerprint());
    if (!token.offset().equals(ClockOffset.NONE)) {
      entry
          .putArray("clockOffsetSeconds")
          .add(token.offset().least().toSeconds())
          .add(token.offset().most().toSeconds());
    }
    if (state.domainsListedAt() != null) {
      entry.put("domainsListedAt", state.domainsListedAt().toString());
      ArrayNode domains = entry.putArray("domains");
      state.domains().forEach(domains::add);
    }
    return entry;
  }

  private void restore(Secret secret) {
    String encoded = encodedTokens(secret);
    try {
      JsonNode entries = JSON.readTree(Base64.getDecoder().decode(encoded == null ? "" : encoded));
      for (JsonNode entry : entries) {
        restore(entry);
      }
    } catch (IOException | IllegalArgumentException e) {
      // The message is left out, because it would quote the content.
      LOG.warnf(
          "Cannot parse the state Secret %s/%s; it will be overwritten",
          namespace, secret.getMetadata().getName());
    }
  }

  private void restore(JsonNode entry) {
    try {
      Instant issuedAt = Instant.parse(entry.path("issuedAt").asText());
      Instant expiresAt = Instant.parse(entry.path("expiresAt").asText());
      ClockOffset offset = offset(entry.path("clockOffsetSeconds"));
      boolean plausible =
          !offset.earliest(issuedAt).isAfter(clock.instant().plus(Duration.ofMinutes(5)))
              && expiresAt.isAfter(issuedAt)
              && !expiresAt.isAfter(issuedAt.plus(MAX_TOKEN_LIFETIME));
      if (!plausible) {
        return;
      }
      List<String> domains = new ArrayList<>();
      entry.path("domains").forEach(domain -> domains.add(domain.asText()));
      JsonNode listedAt = entry.path("domainsListedAt");
      restored.put(
          entry.path("id").asText(),
          new RegistryState(
              new RegistryToken(
                  entry.path("username").asText(),
                  SensitiveString.of(entry.path("password").asText()),
                  issuedAt,
                  expiresAt,
                  entry.path("keyFingerprint").asText(),
                  offset),
              entry.path("email").asText(),
              domains,
              listedAt.isTextual() ? nullIfFuture(Instant.parse(listedAt.asText())) : null,
              null,
              null,
              null));
    } catch (DateTimeException e) {
      LOG.warnf("Cannot parse an entry of the token state; the token is requested again");
    }
  }

  private static ClockOffset offset(JsonNode range) {
    return new ClockOffset(
            Duration.ofSeconds(range.path(0).asLong(0)),
            Duration.ofSeconds(range.path(1).asLong(0)))
        .restored();
  }

  /** Null for a time in the future, because such domains would never be listed again. */
  private Instant nullIfFuture(Instant time) {
    return time.isAfter(clock.instant().plus(Duration.ofMinutes(5))) ? null : time;
  }

  /**
   * Identifies identity, region and instance. The identity counts by its name, never by its key.
   */
  private static String id(RegistryRef ref) {
    return Sha256.hex(ref.toString(), 16);
  }

  private static byte[] bytes(JsonNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts can always be written", e);
    }
  }
}
