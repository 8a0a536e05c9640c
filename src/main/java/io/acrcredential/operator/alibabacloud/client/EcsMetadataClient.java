// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.Settings;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.ApiResponse;
import io.acrcredential.operator.alibabacloud.Endpoints;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.endpoint.SdkEnvironment;
import io.acrcredential.operator.policy.ValueFormat;
import io.acrcredential.operator.text.CredentialFormat;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.microprofile.rest.client.inject.RestClient;

/**
 * {@link EcsMetadata} over HTTP. Hardened mode is tried first. If the service gives no token, or
 * refuses the one that it gave, the normal mode is used, unless that is forbidden. Source:
 * aliyun/credentials-go, credentials/providers/ecs_ram_role.go.
 */
@Singleton
class EcsMetadataClient implements EcsMetadata {

  /**
   * Of each request. The service is local to the node: if it does not answer soon, it does not
   * exist.
   */
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private static final int OK = 200;
  private static final int TOKEN_SECONDS = 60;
  private static final String ROLES = "ram/security-credentials/";
  private static final Pattern ROLE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final EcsMetadataApi api;
  private final Endpoints endpoints;
  private final boolean hardenedOnly;

  EcsMetadataClient(
      @RestClient EcsMetadataApi api,
      Endpoints endpoints,
      Settings settings,
      SdkEnvironment sdkEnvironment) {
    this.api = api;
    this.endpoints = endpoints;
    this.hardenedOnly = settings.metadataHardenedOnly().orElseGet(sdkEnvironment::isImdsV1Disabled);
  }

  @Override
  public Uni<Optional<String>> region() {
    return value("region-id")
        .map(Optional::of)
        .onFailure()
        .recoverWithItem(Optional.empty())
        .map(region -> region.filter(ValueFormat.REGION::matches));
  }

  @Override
  public Uni<TemporaryCredentials> roleCredentials(String role) {
    Uni<String> name =
        role == null
            ? value(ROLES)
                .map(roles -> roles.lines().findFirst().orElse("").strip())
                .invoke(found -> requireValidRole(found, "the metadata service names no role"))
            : Uni.createFrom()
                .item(role)
                .invoke(
                    given ->
                        requireValidRole(
                            given, SdkEnvironment.ECS_ROLE + " is not the name of a role"));
    return name.chain(found -> value(ROLES + found)).map(EcsMetadataClient::parseCredentials);
  }

  /** In other networks another service may have this address and answer anything. */
  private static void requireValidRole(String role, String problem) {
    if (!ROLE.matcher(role).matches()) {
      throw noCredentials(problem);
    }
  }

  private Uni<String> value(String path) {
    return endpoints
        .metadata()
        .chain(url -> token(url).chain(token -> read(url, token, path)))
        .map(
            answer -> {
              requireOk(answer);
              return text(answer);
            })
        .onFailure(failure -> !(failure instanceof AlibabaCloudException))
        .transform(failure -> noCredentials("there is no metadata service"));
  }

  /** The token of hardened mode; an empty text if the service gives none. */
  private Uni<String> token(String url) {
    Uni<Response> answer = inTime(api.token(url, TOKEN_SECONDS));
    if (!hardenedOnly) {
      return answer
          .map(given -> given.getStatus() == OK ? text(given) : "")
          .onFailure()
          .recoverWithItem("");
    }
    return answer.map(
        given -> {
          if (given.getStatus() != OK) {
            throw noCredentials(
                "the metadata service answers "
                    + given.getStatus()
                    + " to a request in hardened mode, and the normal mode is forbidden");
          }
          return text(given);
        });
  }

  private Uni<Response> read(String url, String token, String path) {
    Uni<Response> normal = Uni.createFrom().deferred(() -> inTime(api.get(url, null, path)));
    if (token.isEmpty() && !hardenedOnly) {
      return normal;
    }
    Uni<Response> hardened = inTime(api.get(url, token, path));
    return hardenedOnly
        ? hardened
        : hardened
            .onFailure()
            .recoverWithNull()
            .chain(
                answer ->
                    answer != null && answer.getStatus() == OK
                        ? Uni.createFrom().item(answer)
                        : normal);
  }

  private static void requireOk(Response answer) {
    if (answer.getStatus() != OK) {
      throw noCredentials("the metadata service answers " + answer.getStatus());
    }
  }

  private static <T> Uni<T> inTime(Uni<T> call) {
    return call.ifNoItem().after(TIMEOUT).fail();
  }

  private static String text(Response answer) {
    String text = answer.readEntity(String.class);
    if (text.length() > ApiResponse.MAX_LENGTH) {
      throw noCredentials("the response of the metadata service is longer than 1 MiB");
    }
    return text.strip();
  }

  private static TemporaryCredentials parseCredentials(String json) {
    try {
      JsonNode node = JSON.readTree(json);
      boolean complete =
          node.path("Code").asText().equals("Success")
              && !node.path("AccessKeyId").asText("").isEmpty()
              && !node.path("AccessKeySecret").asText("").isEmpty()
              && !node.path("SecurityToken").asText("").isEmpty();
      if (complete
          && Stream.of("AccessKeyId", "AccessKeySecret", "SecurityToken")
              .anyMatch(name -> CredentialFormat.fault(node.path(name).asText()).isPresent())) {
        throw noCredentials("the metadata service's credentials are malformed");
      }
      if (complete) {
        return new TemporaryCredentials(
            new AccessKey(
                node.path("AccessKeyId").asText(),
                SensitiveString.of(node.path("AccessKeySecret").asText()),
                SensitiveString.of(node.path("SecurityToken").asText())),
            Instant.parse(node.path("Expiration").asText()));
      }
    } catch (JsonProcessingException | DateTimeException e) {
      // The message of the exception is left out, because it may quote a secret.
      throw noCredentials("the response of the metadata service cannot be parsed");
    }
    throw noCredentials("the response of the metadata service contains no credentials");
  }

  private static AlibabaCloudException noCredentials(String reason) {
    return new AlibabaCloudException(
        Reason.CredentialsMissing,
        "NoInstanceRole",
        "The ECS instance provides no credentials: " + reason,
        "Attach a RAM role to the nodes, or give the operator another identity.",
        "");
  }
}
