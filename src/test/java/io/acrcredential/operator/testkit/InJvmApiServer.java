// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.testkit.KubeCluster.Running;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.zjsonpatch.JsonPatchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * fabric8's server, on loopback over plain HTTP. It learns a custom resource (its status
 * subresource too) when its CustomResourceDefinition is posted. Watches work over WebSocket alone,
 * which fabric8 clients use and kubectl does not.
 */
final class InJvmApiServer {

  /** It logs every request; held here, or the level is lost with the logger. */
  private static final Logger CHATTER = Logger.getLogger(MockWebServer.class.getName());

  private InJvmApiServer() {}

  static Running start(Path folder, String reason) {
    CHATTER.setLevel(Level.WARNING);
    Map<ServerRequest, Queue<ServerResponse>> expectations = new ConcurrentHashMap<>();
    MockWebServer web = new MockWebServer();
    KubernetesMockServer server =
        new KubernetesMockServer(
            new Context(Serialization.jsonMapper()),
            web,
            expectations,
            new Dispatcher(expectations, web),
            false);
    server.init(InetAddress.getLoopbackAddress(), 0);
    Path kubeconfig = folder.resolve("kubeconfig");
    try {
      Files.writeString(kubeconfig, kubeconfig(server.getPort()));
    } catch (IOException e) {
      server.destroy();
      throw new UncheckedIOException(e);
    }
    return new Running(
        KubeCluster.Kind.IN_JVM,
        "fabric8's in-JVM API server ("
            + reason
            + "). For the real one: Go 1.26 on the PATH, then dev/cluster build",
        kubeconfig,
        kubeconfig,
        null,
        server::destroy);
  }

  /** In block style: fabric8 takes what begins with a brace for JSON. */
  private static String kubeconfig(int port) {
    return """
    apiVersion: v1
    kind: Config
    current-context: in-jvm
    contexts:
      - name: in-jvm
        context:
          cluster: in-jvm
          user: admin
    clusters:
      - name: in-jvm
        cluster:
          server: http://127.0.0.1:%d
    users:
      - name: admin
        user:
          token: admin
    """
        .formatted(port);
  }

  private static final class Dispatcher extends KubernetesMixedDispatcher {

    private final MockWebServer web;

    Dispatcher(Map<ServerRequest, Queue<ServerResponse>> expectations, MockWebServer web) {
      super(expectations);
      this.web = web;
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      web.reset(); // forgets the requests it recorded, which otherwise pile up
      if (request.getMethod().equals("POST") && request.getPath().contains("dryRun=All")) {
        // The server would store the object.
        return new MockResponse().setResponseCode(201).setBody(request.getBody().readUtf8());
      }
      try {
        return super.dispatch(request);
      } catch (JsonPatchException e) { // uncaught, it leaves the client without any answer
        return failure(422, "Invalid", e);
      } catch (RuntimeException e) {
        return failure(500, "InternalError", e);
      }
    }

    private static MockResponse failure(int code, String reason, RuntimeException e) {
      String status =
          Serialization.asJson(
              new StatusBuilder()
                  .withStatus("Failure")
                  .withCode(code)
                  .withReason(reason)
                  .withMessage(e.getMessage())
                  .build());
      return new MockResponse().setResponseCode(code).setBody(status);
    }
  }
}
