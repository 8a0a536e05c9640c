// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Reports the header {@code Retry-After} of responses with status 429, in which an overloaded API
 * server requests how many seconds clients should wait. The retries of the client itself do not
 * wait that long (fabric8 7.6, issue 6366), would block a worker, and could start after the Lease
 * has expired.
 */
@Singleton
public final class RetryAfterInterceptor implements Interceptor {

  public static final int TOO_MANY_REQUESTS = 429;

  /** For a response without the header. */
  private static final long DEFAULT_SECONDS = 1;

  private static final long MAX_SECONDS = 60;

  private volatile Consumer<Duration> listener = time -> {};

  /**
   * Sets the listener.
   *
   * @param listener gets the time during which no request should be sent
   */
  public void onRetryAfter(Consumer<Duration> listener) {
    this.listener = listener;
  }

  @Override
  public CompletableFuture<Boolean> afterFailure(
      BasicBuilder request, HttpResponse<?> response, RequestTags tags) {
    if (response.code() == TOO_MANY_REQUESTS) {
      listener.accept(Duration.ofSeconds(seconds(response.header("Retry-After"))));
    }
    return CompletableFuture.completedFuture(false);
  }

  /** The API server does not use the other form of the header, a date. */
  private static long seconds(String header) {
    return header != null && header.strip().matches("[0-9]{1,9}")
        ? Math.min(Long.parseLong(header.strip()), MAX_SECONDS)
        : DEFAULT_SECONDS;
  }

  /** A client with the same configuration that does not retry requests. */
  public static KubernetesClient withoutRetries(KubernetesClient client) {
    return withRetries(client, 0);
  }

  /** A client with the same configuration that repeats a failed request up to so many times. */
  public static KubernetesClient withRetries(KubernetesClient client, int retries) {
    return client
        .newClient(
            new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                .withRequestRetryBackoffLimit(retries)
                .build())
        .adapt(KubernetesClient.class);
  }
}
