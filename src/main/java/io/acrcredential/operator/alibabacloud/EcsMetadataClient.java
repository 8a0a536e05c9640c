// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.Reason;
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
 * {@link EcsMetadata} over HTTP. Hardened mode is tried first; if the instance rejects it, the
 * normal mode is used.
 */
@Singleton
class EcsMetadataClient implements EcsMetadata {

  /** The service is local to the node: if it does not answer soon, it does not exist. */
  private static final Duration TIMEOUT = Duration.ofMillis(1_500);

  private static final int TOKEN_SECONDS = 60;
  private static final String ROLES = "ram/security-credentials/";
  private static final Pattern ROLE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final EcsMetadataApi api;
  private final Endpoints endpoints;

  EcsMetadataClient(@RestClient EcsMetadataApi api, Endpoints endpoints) {
    this.api = api;
    this.endpoints = endpoints;
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
  public Uni<TemporaryCredentials> roleCredentials() {
    return value(ROLES)
        .map(roles -> roles.lines().findFirst().orElse("").strip())
        .chain(role -> value(ROLES + requireValidRole(role)))
        .map(EcsMetadataClient::parseCredentials);
  }

  /** In other networks another service may have this address and answer anything. */
  private static String requireValidRole(String role) {
    if (!ROLE.matcher(role).matches()) {
      throw noCredentials("the metadata service names no role");
    }
    return role;
  }

  private Uni<String> value(String path) {
    return endpoints
        .metadata()
        .chain(
            url ->
                api.token(url, TOKEN_SECONDS)
                    .map(answer -> answer.getStatus() == 200 ? text(answer) : null)
                    .chain(token -> api.get(url, token, path)))
        .ifNoItem()
        .after(TIMEOUT)
        .fail()
        .map(
            answer -> {
              if (answer.getStatus() != 200) {
                throw noCredentials("the metadata service answers " + answer.getStatus());
              }
              return text(answer);
            })
        .onFailure(failure -> !(failure instanceof AlibabaCloudException))
        .transform(failure -> noCredentials("there is no metadata service"));
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
