// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.ApiInvoker;
import io.acrcredential.operator.alibabacloud.ApiResponse;
import io.acrcredential.operator.alibabacloud.Endpoints;
import io.acrcredential.operator.alibabacloud.RpcSignature;
import io.acrcredential.operator.alibabacloud.TemporaryCredentials;
import io.acrcredential.operator.endpoint.EndpointClocks;
import io.acrcredential.operator.policy.Identity;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.rest.client.inject.RestClient;

/** {@link StsOperations} over HTTP. */
@Singleton
class StsClient implements StsOperations {

  private static final String VERSION = "2015-04-01";

  private final StsApi api;
  private final Endpoints endpoints;
  private final EndpointClocks clocks;
  private final ApiInvoker invoker;

  StsClient(
      @RestClient StsApi api, Endpoints endpoints, EndpointClocks clocks, ApiInvoker invoker) {
    this.api = api;
    this.endpoints = endpoints;
    this.clocks = clocks;
    this.invoker = invoker;
  }

  /** Signed as the official SDK does it. */
  @Override
  public Uni<TemporaryCredentials> assumeRole(
      Identity.Role role, String sessionPolicy, AccessKey caller) {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("RoleArn", role.roleArn());
    parameters.put("RoleSessionName", role.sessionName());
    parameters.put("DurationSeconds", String.valueOf(role.durationSeconds()));
    put(parameters, "ExternalId", role.externalId());
    put(parameters, "Policy", sessionPolicy);
    return call(
        "AssumeRole",
        caller,
        url -> api.signed(url, "AssumeRole", signed("AssumeRole", parameters, caller, url)));
  }

  /** Not signed; the token is in the form, never in a URL. */
  @Override
  public Uni<TemporaryCredentials> assumeRoleWithOidc(
      Identity.Oidc role, String sessionName, String sessionPolicy, SensitiveString token) {
    MultivaluedMap<String, String> form = new MultivaluedHashMap<>();
    form.putSingle("RoleArn", role.roleArn());
    form.putSingle("OIDCProviderArn", role.providerArn());
    form.putSingle("OIDCToken", token.reveal());
    form.putSingle("RoleSessionName", sessionName);
    form.putSingle("DurationSeconds", String.valueOf(role.durationSeconds()));
    if (sessionPolicy != null) {
      form.putSingle("Policy", sessionPolicy);
    }
    // Masks the token, as it masks AccessKey secrets, if a response quotes it.
    AccessKey masked = new AccessKey(token.reveal(), token, null);
    return call(
        "AssumeRoleWithOIDC",
        masked,
        url -> api.anonymous(url, common("AssumeRoleWithOIDC", "JSON", url), form));
  }

  private Uni<TemporaryCredentials> call(
      String action, AccessKey key, Function<String, Uni<Response>> send) {
    return endpoints
        .sts()
        .chain(
            endpoint ->
                invoker
                    .call(endpoint.region(), "sts:" + action, key, endpoint.url(), send)
                    .onFailure(ApiInvoker::isUnanswered)
                    .invoke(() -> endpoints.onUnanswered(endpoint.url()))
                    .onFailure(
                        failure -> endpoint.fallback() != null && ApiInvoker.isUnanswered(failure))
                    .recoverWithUni(
                        () ->
                            invoker.call(
                                endpoint.region(),
                                "sts:" + action,
                                key,
                                endpoint.fallback(),
                                send)))
        .map(ApiResponse::temporaryCredentials);
  }

  private SortedMap<String, String> signed(
      String action, SortedMap<String, String> parameters, AccessKey caller, String url) {
    SortedMap<String, String> all = common(action, "json", url);
    all.putAll(parameters);
    all.put("AccessKeyId", caller.id());
    if (caller.securityToken() != null) {
      all.put("SecurityToken", caller.securityToken().reveal());
    }
    all.put("Signature", RpcSignature.of("POST", all, caller));
    return all;
  }

  /** The official SDKs write the format of the two actions differently. */
  private SortedMap<String, String> common(String action, String format, String url) {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("Action", action);
    parameters.put("Format", format);
    parameters.put("Version", VERSION);
    // Sent with unsigned requests too, as credentials-java does.
    parameters.put("SignatureMethod", "HMAC-SHA1");
    parameters.put("SignatureVersion", "1.0");
    parameters.put(
        "Timestamp",
        clocks.signingTime(URI.create(url)).truncatedTo(ChronoUnit.SECONDS).toString());
    parameters.put("SignatureNonce", UUID.randomUUID().toString());
    return parameters;
  }

  private static void put(Map<String, String> parameters, String name, String value) {
    if (value != null) {
      parameters.put(name, value);
    }
  }
}
