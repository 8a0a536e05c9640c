// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.alibabacloud.ApiResponse;
import io.acrcredential.operator.endpoint.TlsOptions;
import io.quarkus.rest.client.reactive.Url;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.rest.client.annotation.ClientHeaderParam;
import org.eclipse.microprofile.rest.client.annotation.RegisterProvider;
import org.eclipse.microprofile.rest.client.inject.RegisterRestClient;
import org.jboss.resteasy.reactive.RestQuery;

/** STS, API 2015-04-01, style RPC; {@link ApiResponse} validates the responses. */
@Path("/")
@RegisterRestClient(baseUri = "https://sts.aliyuncs.com", configKey = "acr-sts")
@RegisterProvider(TlsOptions.class)
@Produces(MediaType.APPLICATION_JSON)
interface StsApi {

  /** AssumeRole: all parameters, including the signature, are in the query. */
  @POST
  @ClientHeaderParam(name = "x-acs-version", value = "2015-04-01")
  Uni<Response> signed(
      @Url String baseUrl,
      @HeaderParam("x-acs-action") String action,
      @RestQuery java.util.Map<String, String> query);

  /** AssumeRoleWithOIDC, which is not signed: secrets are in the form, never in a URL. */
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  Uni<Response> anonymous(
      @Url String baseUrl,
      @RestQuery java.util.Map<String, String> query,
      MultivaluedMap<String, String> form);
}
