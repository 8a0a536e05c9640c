// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/**
 * STS API 2015-04-01 (RPC): AssumeRole and AssumeRoleWithOIDC. Error codes and limits are those of
 * the API's pages; which HTTP status goes with a code is documented for few of them.
 */
final class StsApi implements Product {

  private static final Pattern SESSION_NAME = Pattern.compile("[\\w.@-]{2,64}");
  private static final int MIN_SECONDS = 900;
  private static final int DEFAULT_SECONDS = 3600;

  private final SimulatorState world;

  StsApi(SimulatorState world) {
    this.world = world;
  }

  @Override
  public boolean serves(ApiRequest request) {
    return request.version().equals("2015-04-01")
        && request.path().equals("/")
        && request.method().equals("POST");
  }

  @Override
  public String action(ApiRequest request) {
    return request.action();
  }

  @Override
  public boolean anonymous(String action) {
    return action.equals("AssumeRoleWithOIDC");
  }

  @Override
  public boolean takesVersion1() {
    return true;
  }

  /** STS says NoPermission where the other gateways say Forbidden.RAM. */
  @Override
  public void authorize(Call call) throws Refusal {
    if (call.key() != null && !call.key().allows("sts:" + call.action())) {
      throw noPermission();
    }
  }

  @Override
  public ObjectNode answer(Call call, ApiRequest request) throws Refusal {
    return switch (call.action()) {
      case "AssumeRole" -> assumeRole(call, request);
      case "AssumeRoleWithOIDC" -> assumeRoleWithOidc(request);
      default -> throw Refusal.noSuchApi();
    };
  }

  private ObjectNode assumeRole(Call call, ApiRequest request) throws Refusal {
    var name = sessionName(request);
    var policy = SessionPolicy.parse(request.parameter("Policy"));
    var role = role(request);
    if (!role.trusts(call.key())
        || !role.externalId.isEmpty() && !role.externalId.equals(request.parameter("ExternalId"))) {
      throw noPermission();
    }
    return opened(role, name, policy, expiry(request, role));
  }

  private ObjectNode assumeRoleWithOidc(ApiRequest request) throws Refusal {
    var token = request.parameter("OIDCToken");
    if (token.isEmpty()) {
      throw Refusal.missing("OIDCToken");
    }
    if (request.form().stream().noneMatch(one -> one.name().equals("OIDCToken"))) {
      throw Refusal.bySimulator(
          "OIDCTokenInUrl",
          "STS takes an OIDCToken in the URL, but URLs are logged: send it in the form body.");
    }
    var name = sessionName(request);
    var policy = SessionPolicy.parse(request.parameter("Policy"));
    var provider = world.oidcProviders.get(request.parameter("OIDCProviderArn"));
    if (provider == null) {
      throw Refusal.byService(
          403, "AuthenticationFail.NoPermission", "No such OIDC Provider registered.");
    }
    var claims = claims(token, provider);
    var role = role(request);
    if (!role.trustsOidc(provider.arn(), claims.subject())) {
      throw Refusal.byService(403, "AuthenticationFail.NoPermission", "There is no permission.");
    }
    var answer = opened(role, name, policy, expiry(request, role));
    answer
        .putObject("OIDCTokenInfo")
        .put("ClientIds", provider.audience())
        .put("ExpirationTime", claims.expiresAt().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("IssuanceTime", claims.issuedAt().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("Issuer", claims.issuer())
        .put("Subject", claims.subject())
        .put("VerificationInfo", "Success");
    return answer;
  }

  private OidcTokens.Claims claims(String token, OidcTokens.Provider provider) throws Refusal {
    var claims = world.oidcTokens.find(token).orElse(null);
    if (claims == null) {
      throw oidc("Invalid", "The OIDCToken is invalid.");
    }
    if (!claims.issuer().equals(provider.issuer())) {
      throw oidc("IssuerNotMatch", "The issuer of the OIDCToken does not match the provider's.");
    }
    if (!world.now().isBefore(claims.expiresAt())) {
      throw oidc("Expired", "This JsonWebToken is expired.");
    }
    if (!claims.audience().equals(provider.audience())) {
      throw oidc("AudienceNotMatch", "Invalid audience.");
    }
    return claims;
  }

  private static String sessionName(ApiRequest request) throws Refusal {
    var name = request.parameter("RoleSessionName");
    if (name.isEmpty()) {
      throw Refusal.missing("RoleSessionName");
    }
    if (!SESSION_NAME.matcher(name).matches()) {
      throw Refusal.byService(
          400,
          "InvalidParameter.RoleSessionName",
          "The parameter RoleSessionName is wrongly formed.");
    }
    return name;
  }

  private SimRole role(ApiRequest request) throws Refusal {
    var arn = request.parameter("RoleArn");
    if (arn.isEmpty()) {
      throw Refusal.missing("RoleArn");
    }
    var role = world.roles.get(arn);
    if (role == null) {
      throw Refusal.byService(404, "EntityNotExist.Role", "The role not exists: " + arn + ".");
    }
    return role;
  }

  private Instant expiry(ApiRequest request, SimRole role) throws Refusal {
    var requested = request.parameter("DurationSeconds");
    var seconds =
        requested.isEmpty()
            ? DEFAULT_SECONDS
            : requested.matches("\\d{1,6}") ? Integer.parseInt(requested) : 0;
    if (seconds < MIN_SECONDS || seconds > role.maxSessionDuration.toSeconds()) {
      throw Refusal.byService(
          400,
          "InvalidParameter.DurationSeconds",
          "The Min/Max value of DurationSeconds is 15min/" + role.maxSessionDuration + ".");
    }
    return world.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(seconds);
  }

  private ObjectNode opened(SimRole role, String name, SessionPolicy policy, Instant expiresAt) {
    var key = world.sessions.open(role, name, policy, expiresAt);
    var answer = JsonNodeFactory.instance.objectNode();
    answer
        .putObject("AssumedRoleUser")
        .put("Arn", key.session().arn())
        .put("AssumedRoleId", "3" + Math.abs((long) role.arn().hashCode()) + ":" + name);
    answer
        .putObject("Credentials")
        .put("AccessKeyId", key.id())
        .put("AccessKeySecret", key.secret())
        .put("SecurityToken", key.session().securityToken())
        .put("Expiration", expiresAt.toString());
    return answer;
  }

  private static Refusal noPermission() {
    return Refusal.byService(
        403,
        "NoPermission",
        "You are not authorized to do this action. You should be authorized by RAM.");
  }

  private static Refusal oidc(String what, String message) {
    return Refusal.byService(400, "AuthenticationFail.OIDCToken." + what, message);
  }

  @Override
  public void corruptToken(ObjectNode answer, Fault.Kind kind, long expired) {
    var credentials = (ObjectNode) answer.get("Credentials");
    if (kind == Fault.Kind.EMPTY_TOKEN) {
      credentials.put("SecurityToken", "");
    } else {
      credentials.put(
          "Expiration", Instant.ofEpochMilli(expired).truncatedTo(ChronoUnit.SECONDS).toString());
    }
  }

  @Override
  public boolean smallLetters() {
    return false;
  }
}
