// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.ApiResponse;
import io.acrcredential.operator.alibabacloud.SigningFilter;
import io.acrcredential.operator.endpoint.TlsOptions;
import io.quarkus.rest.client.reactive.NotBody;
import io.quarkus.rest.client.reactive.Url;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.rest.client.annotation.ClientHeaderParam;
import org.eclipse.microprofile.rest.client.annotation.RegisterProvider;
import org.eclipse.microprofile.rest.client.inject.RegisterRestClient;
import org.jboss.resteasy.reactive.RestQuery;

/**
 * The ACR OpenAPI of both editions. Responses are not mapped to objects, because a gateway may send
 * other content than documented; {@link ApiResponse} validates them. The documented RAM policy
 * grants exactly these actions.
 */
@Path("/")
@RegisterRestClient(baseUri = "https://cr.cn-hangzhou.aliyuncs.com", configKey = "acr-openapi")
@RegisterProvider(SigningFilter.class)
@RegisterProvider(TlsOptions.class)
@Produces(MediaType.APPLICATION_JSON)
public interface AcrApi {

  /** API 2018-12-01, style RPC: GetAuthorizationToken and ListInstanceEndpoint. */
  @POST
  @ClientHeaderParam(name = "x-acs-version", value = "2018-12-01")
  Uni<Response> enterprise(
      @Url String baseUrl,
      @NotBody AccessKey key,
      @HeaderParam("x-acs-action") String action,
      @RestQuery("InstanceId") String instanceId);

  /** API 2016-06-07, style ROA: GetAuthorizationToken. */
  @GET
  @Path("tokens")
  @ClientHeaderParam(name = "x-acs-version", value = "2016-06-07")
  @ClientHeaderParam(name = "x-acs-action", value = "GetAuthorizationToken")
  Uni<Response> personalToken(@Url String baseUrl, @NotBody AccessKey key);
}
