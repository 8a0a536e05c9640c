// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An ECS instance's metadata service (ECS documentation, "Obtain instance metadata"): region, and
 * the credentials of the instance's RAM role. They are handed out again until half an hour, or half
 * their life, before they expire.
 */
final class MetadataService implements Host {

  private static final String TOKEN = "/latest/api/token";
  private static final String DATA = "/latest/meta-data/";
  private static final String ROLES = DATA + "ram/security-credentials/";
  private static final int MAX_TTL = 21_600;

  final String region;
  volatile SimRole role;
  volatile MetadataMode mode = MetadataMode.BOTH;
  volatile Duration lifetime = Duration.ofHours(6);

  private final SimulatorState world;
  private final Map<String, Instant> tokens = new ConcurrentHashMap<>();
  private AccessKey current;

  MetadataService(SimulatorState world, String region) {
    this.world = world;
    this.region = region;
  }

  @Override
  public String apiOf(ApiRequest request) {
    return request.path();
  }

  @Override
  public Reply handle(String host, ApiRequest request) {
    var fault = world.faults.strike(host, apiOf(request), "").orElse(null);
    if (fault != null && fault.fault().kind() == Fault.Kind.REFUSE) {
      return page(fault.fault().status(), fault);
    }
    if (request.path().equals(TOKEN)) {
      return token(request, fault);
    }
    var sent = request.header("x-aliyun-ecs-metadata-token");
    var valid = tokens.containsKey(sent) && world.now().isBefore(tokens.get(sent));
    if (!valid && (mode == MetadataMode.HARDENED_ONLY || !sent.isEmpty())) {
      return page(403, fault);
    }
    var value = request.method().equals("GET") ? value(request.path()) : null;
    return value == null ? page(404, fault) : reply(200, value, fault);
  }

  private Reply token(ApiRequest request, Faults.Armed fault) {
    var ttl = request.header("x-aliyun-ecs-metadata-token-ttl-seconds");
    if (mode == MetadataMode.V1_ONLY_404 || mode == MetadataMode.V1_ONLY_403) {
      return page(mode == MetadataMode.V1_ONLY_404 ? 404 : 403, fault);
    }
    if (!request.method().equals("PUT")) {
      return page(405, fault);
    }
    var seconds = ttl.matches("\\d{1,5}") ? Integer.parseInt(ttl) : 0;
    if (seconds < 1 || seconds > MAX_TTL) {
      return page(400, fault);
    }
    var token = UUID.randomUUID().toString();
    tokens.put(token, world.now().plusSeconds(seconds));
    return reply(200, new TextNode(token), fault);
  }

  private TextNode value(String path) {
    var name = role == null ? null : role.arn().replaceFirst(".*:role/", "");
    if (path.equals(DATA + "region-id")) {
      return new TextNode(region);
    }
    if (name != null && path.equals(ROLES)) {
      return new TextNode(name);
    }
    return name != null && path.equals(ROLES + name) ? credentials() : null;
  }

  private synchronized TextNode credentials() {
    var now = world.now().truncatedTo(ChronoUnit.SECONDS);
    var half = lifetime.dividedBy(2);
    var early = half.compareTo(Duration.ofMinutes(30)) < 0 ? half : Duration.ofMinutes(30);
    if (current == null
        || current.session().role() != role
        || current.session().expiresAt().isBefore(now.plus(early))) {
      current =
          world.sessions.open(role, "vm-ram-i-simulated", SessionPolicy.NONE, now.plus(lifetime));
    }
    var json =
        JsonNodeFactory.instance
            .objectNode()
            .put("AccessKeyId", current.id())
            .put("AccessKeySecret", current.secret())
            .put("Expiration", current.session().expiresAt().toString())
            .put("SecurityToken", current.session().securityToken())
            .put("LastUpdated", current.session().expiresAt().minus(lifetime).toString())
            .put("Code", "Success");
    return new TextNode(json.toPrettyString());
  }

  private static Reply page(int status, Faults.Armed fault) {
    return reply(status, new TextNode("<html><body>" + status + "</body></html>"), fault);
  }

  private static Reply reply(int status, TextNode body, Faults.Armed fault) {
    var outcome = status == 200 ? "success" : String.valueOf(status);
    return new Reply(status, Gateway.outcome(fault, outcome), "", body, fault);
  }
}
