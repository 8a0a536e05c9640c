// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.policy.ValueFormat;
import io.acrcredential.operator.text.CredentialFormat;
import io.acrcredential.operator.text.TextSanitizer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Validates the response of an API: a truncated, foreign or inconsistent one becomes an {@link
 * AlibabaCloudException}, never a token. Both forms of an error are recognized: an HTTP status, and
 * 200 with {@code IsSuccess=false}.
 */
public final class ApiResponse {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** In characters; no valid response is longer. */
  public static final int MAX_LENGTH = 1024 * 1024;

  /**
   * Of a token with its username, or of credentials, in characters; known ones have up to 2 KiB.
   */
  private static final int MAX_TOKEN_LENGTH = 16 * 1024;

  static final String TOO_LONG = "the response is longer than 1 MiB";

  private final JsonNode body;
  private final String action;
  private final AccessKey key;
  private final Reception reception;

  private ApiResponse(JsonNode body, String action, AccessKey key, Reception reception) {
    this.body = body;
    this.action = action;
    this.key = key;
    this.reception = reception;
  }

  /**
   * Parses a response; throws an {@link AlibabaCloudException} if it reports an error or is not
   * usable.
   *
   * @param action with its product: {@code cr:GetAuthorizationToken}
   */
  static ApiResponse of(
      int status, String text, String action, AccessKey key, Reception reception) {
    boolean tooLong = text != null && text.length() > MAX_LENGTH;
    JsonNode body = tooLong ? MissingNode.getInstance() : parse(text);
    ApiResponse response = new ApiResponse(body, action, key, reception);
    String code = response.text("Code", "code");
    boolean isRefused = body.path("IsSuccess").isBoolean() && !body.path("IsSuccess").asBoolean();
    if (status / 100 != 2 || isRefused) {
      throw response.serviceError(code.isEmpty() ? ErrorCatalog.codeOf(status) : code, status);
    }
    if (tooLong) {
      throw tooLong(action);
    }
    if (!body.isObject()) {
      throw response.invalidResponse("the response is not JSON");
    }
    if (!code.isEmpty() && !code.equalsIgnoreCase("success") && !code.equalsIgnoreCase("ok")) {
      throw response.serviceError(code, status);
    }
    return response;
  }

  /** The token of API 2018-12-01. */
  public RegistryToken enterpriseToken() {
    return token(
        text("TempUsername"), text("AuthorizationToken"), body.path("ExpireTime").asLong(0));
  }

  /** The token of API 2016-06-07. */
  public RegistryToken personalToken() {
    JsonNode data = body.path("data");
    return token(
        data.path("tempUserName").asText(""),
        data.path("authorizationToken").asText(""),
        data.path("expireDate").asLong(0));
  }

  private RegistryToken token(String username, String password, long expireMillis) {
    if (username.isBlank() || password.isBlank()) {
      throw invalidResponse("the response contains no token");
    }
    checkLength("token", username, password);
    Instant expiresAt = Instant.ofEpochMilli(expireMillis);
    checkExpiry("token", expiresAt);
    return RegistryToken.received(username, SensitiveString.of(password), expiresAt, reception);
  }

  /**
   * All domains of all endpoints, in the order of the response: ListInstanceEndpoint of 2018-12-01.
   */
  public List<String> domains() {
    Set<String> domains = new LinkedHashSet<>();
    for (JsonNode endpoint : body.path("Endpoints")) {
      for (JsonNode entry : endpoint.path("Domains")) {
        String domain = entry.path("Domain").asText("").strip().toLowerCase(Locale.ROOT);
        if (ValueFormat.DOMAIN.matches(domain)) {
          domains.add(domain);
        }
      }
    }
    if (domains.isEmpty()) {
      throw invalidResponse("the instance lists no domain");
    }
    return List.copyOf(domains);
  }

  private void checkLength(String what, String... parts) {
    if (Stream.of(parts).mapToInt(String::length).sum() > MAX_TOKEN_LENGTH) {
      throw invalidResponse("the " + what + " is longer than 16 KiB");
    }
  }

  private void checkExpiry(String what, Instant expiresAt) {
    Optional<String> problem = Expiry.problem(expiresAt, reception.at(), reception.offset());
    if (problem.isPresent()) {
      throw invalidResponse("the " + what + " " + problem.get());
    }
  }

  /** The credentials of AssumeRole and AssumeRoleWithOIDC: STS 2015-04-01. */
  public TemporaryCredentials temporaryCredentials() {
    JsonNode credentials = body.path("Credentials");
    String id = credentials.path("AccessKeyId").asText("");
    String secret = credentials.path("AccessKeySecret").asText("");
    String token = credentials.path("SecurityToken").asText("");
    if (id.isEmpty() || secret.isEmpty() || token.isEmpty()) {
      throw invalidResponse("the response contains no credentials");
    }
    checkLength("security token", id, secret, token);
    if (Stream.of(id, secret, token).anyMatch(part -> CredentialFormat.fault(part).isPresent())) {
      throw invalidResponse("the response's credentials are malformed");
    }
    Instant expiresAt = expiration(credentials.path("Expiration").asText(""));
    checkExpiry("security token", expiresAt);
    return new TemporaryCredentials(
        new AccessKey(id, SensitiveString.of(secret), SensitiveString.of(token)),
        reception.offset().latest(expiresAt));
  }

  private Instant expiration(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw invalidResponse("the credentials' expiration cannot be parsed");
    }
  }

  private AlibabaCloudException serviceError(String code, int status) {
    String shownCode = TextSanitizer.clean(code, key.values());
    ErrorCatalog.Entry advice = ErrorCatalog.lookUp(code, status, action);
    String message = TextSanitizer.clean(text("Message", "message"), key.values());
    return new AlibabaCloudException(
        advice.reason(),
        shownCode,
        message.isEmpty() ? withoutMessage(status) : message,
        advice.advice(),
        requestId(),
        reception.headers());
  }

  /** A refusal in a response of status 200 is not described by its status. */
  private static String withoutMessage(int status) {
    return status / 100 == 2
        ? "The service refused the request without a message"
        : "HTTP status " + status + " without a message";
  }

  /** The error of a response of which the client stopped to read. */
  static AlibabaCloudException tooLong(String action) {
    return invalidResponse(action, TOO_LONG, "");
  }

  private AlibabaCloudException invalidResponse(String what) {
    return invalidResponse(action, what, requestId());
  }

  private static AlibabaCloudException invalidResponse(
      String action, String what, String requestId) {
    return new AlibabaCloudException(
        Reason.Unreachable,
        "InvalidResponse",
        "The response to " + action + " is not usable: " + what,
        "Check that the endpoint is Alibaba Cloud's own and that no proxy answers in its place.",
        requestId);
  }

  private String requestId() {
    return TextSanitizer.clean(text("RequestId", "requestId"), key.values());
  }

  private String text(String... names) {
    for (String name : names) {
      JsonNode node = body.path(name);
      if (node.isValueNode() && !node.isNull()) {
        return node.asText();
      }
    }
    return "";
  }

  private static JsonNode parse(String text) {
    try {
      JsonNode node = text == null ? null : JSON.readTree(text);
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      // Its message quotes the response, which may contain a token.
      return MissingNode.getInstance();
    }
  }
}
