// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.kubernetes;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import jakarta.inject.Singleton;
import java.util.Set;

/**
 * Checks the write fence before each write request of the shared client, because some are sent by
 * libraries: JOSDK adds and removes finalizers and sends the patches of the status. Leases are
 * exempt, because they decide who passes the fence.
 */
@Singleton
public final class WriteFenceInterceptor implements Interceptor {

  private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
  private static final String LEASES = "/apis/coordination.k8s.io/";

  private volatile Runnable check = () -> {};

  /**
   * Sets the check; without one all requests are permitted.
   *
   * @param check throws {@link WriteFence.NotLeadingException} if no write may start now. The
   *     client must not retry requests: it would wait forever for a retry that is refused
   */
  public void guard(Runnable check) {
    this.check = check;
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    if (!READS.contains(request.method()) && !request.uri().getPath().contains(LEASES)) {
      check.run();
    }
  }
}
