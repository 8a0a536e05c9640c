// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import io.acrcredential.operator.alibabacloud.AccessKey;
import io.acrcredential.operator.alibabacloud.ApiInvoker;
import io.acrcredential.operator.alibabacloud.ApiResponse;
import io.acrcredential.operator.alibabacloud.Endpoints;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.policy.RegistryRef;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.rest.client.inject.RestClient;

/** {@link AcrOperations} over signed HTTP requests. */
@Singleton
public class AcrClient implements AcrOperations {

  private static final String TOKEN = "GetAuthorizationToken";
  private static final String ENDPOINTS = "ListInstanceEndpoint";

  private final AcrApi api;
  private final Endpoints endpoints;
  private final ApiInvoker invoker;

  public AcrClient(@RestClient AcrApi api, Endpoints endpoints, ApiInvoker invoker) {
    this.api = api;
    this.endpoints = endpoints;
    this.invoker = invoker;
  }

  @Override
  public Uni<RegistryToken> token(RegistryRef ref, AccessKey key) {
    return switch (ref.edition()) {
      case ENTERPRISE ->
          call(
              ref,
              TOKEN,
              key,
              url -> api.enterprise(url, key, TOKEN, ref.instanceId()),
              ApiResponse::enterpriseToken);
      case PERSONAL, PERSONAL_INSTANCE ->
          call(ref, TOKEN, key, url -> api.personalToken(url, key), ApiResponse::personalToken);
    };
  }

  @Override
  public Uni<List<String>> domains(RegistryRef ref, AccessKey key) {
    return call(
        ref,
        ENDPOINTS,
        key,
        url -> api.enterprise(url, key, ENDPOINTS, ref.instanceId()),
        ApiResponse::domains);
  }

  /**
   * The base URL that calls for the region use now; fails with an {@link AlibabaCloudException} for
   * settings that do not give a safe one.
   */
  public Uni<String> endpoint(String region) {
    return endpoints.registry(region);
  }

  private <T> Uni<T> call(
      RegistryRef ref,
      String action,
      AccessKey key,
      Function<String, Uni<Response>> send,
      Function<ApiResponse, T> read) {
    return endpoints
        .registry(ref.region())
        .chain(
            url ->
                invoker
                    .call(ref.region(), "cr:" + action, key, url, send)
                    .onFailure(ApiInvoker::isUnanswered)
                    .invoke(() -> endpoints.onUnanswered(url)))
        .map(read);
  }
}
