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
 * Hears the API server say that it has too much to do: status 429, with the seconds to leave it
 * alone. The client itself reads that header and then waits as it pleases (fabric8 7.6, issue
 * 6366), and its retries would hold a worker and start after the lease's end.
 */
@Singleton
public final class RetryAfterInterceptor implements Interceptor {

  public static final int TOO_MANY_REQUESTS = 429;

  /** Where it does not say. */
  private static final long SECONDS = 1;

  private static final long MOST_SECONDS = 60;

  private volatile Consumer<Duration> asked = time -> {};

  /**
   * @param told how long nothing more shall be sent
   */
  public void onAsked(Consumer<Duration> told) {
    asked = told;
  }

  @Override
  public CompletableFuture<Boolean> afterFailure(
      BasicBuilder request, HttpResponse<?> response, RequestTags tags) {
    if (response.code() == TOO_MANY_REQUESTS) {
      asked.accept(Duration.ofSeconds(seconds(response.header("Retry-After"))));
    }
    return CompletableFuture.completedFuture(false);
  }

  /** The other form of the header, a date, is not the API server's. */
  private static long seconds(String header) {
    return header != null && header.strip().matches("[0-9]{1,9}")
        ? Math.min(Long.parseLong(header.strip()), MOST_SECONDS)
        : SECONDS;
  }

  /** The same client, but what fails is not tried again by it. */
  public static KubernetesClient withoutRetries(KubernetesClient client) {
    return client
        .newClient(
            new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                .withRequestRetryBackoffLimit(0)
                .build())
        .adapt(KubernetesClient.class);
  }
}
