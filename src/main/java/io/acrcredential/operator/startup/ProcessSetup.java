// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.net.HttpURLConnection;
import java.util.Set;

/** Restricts what the process serves and logs, before anything else runs. */
@Singleton
final class ProcessSetup {

  /** Any other path is one that an extension adds, and that may fail with a stack trace. */
  private static final Set<String> PATHS =
      Set.of("/q/metrics", "/q/health/live", "/q/health/ready", "/q/health/started");

  private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final int BEFORE_ALL_ROUTES = 10_000;

  void onStart(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
    LogSanitizer.addToAllHandlers();
  }

  void onHttpStart(@Observes Filters filters) {
    // quarkus:dev has pages of its own.
    if (LaunchMode.current() != LaunchMode.DEVELOPMENT) {
      filters.register(ProcessSetup::serveDocumentedPaths, BEFORE_ALL_ROUTES);
    }
  }

  private static void serveDocumentedPaths(RoutingContext request) {
    if (METHODS.contains(request.request().method()) && PATHS.contains(request.request().path())) {
      request.next();
    } else {
      request.response().setStatusCode(HttpURLConnection.HTTP_NOT_FOUND).end();
    }
  }
}
