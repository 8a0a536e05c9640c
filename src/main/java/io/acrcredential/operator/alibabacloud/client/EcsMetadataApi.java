// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.quarkus.rest.client.reactive.Url;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.rest.client.inject.RegisterRestClient;

/** The metadata service of an ECS instance, version latest. */
@Path("/latest")
@RegisterRestClient(baseUri = "http://100.100.100.200", configKey = "acr-metadata")
interface EcsMetadataApi {

  /** Hardened mode: requests a token for {@link #get}. */
  @PUT
  @Path("/api/token")
  Uni<Response> token(
      @Url String baseUrl, @HeaderParam("X-aliyun-ecs-metadata-token-ttl-seconds") int seconds);

  /** Reads a value. A null token selects the normal mode, which needs none. */
  @GET
  @Path("/meta-data/{path:.*}")
  Uni<Response> get(
      @Url String baseUrl,
      @HeaderParam("X-aliyun-ecs-metadata-token") String token,
      @PathParam("path") @jakarta.ws.rs.Encoded String path);
}
