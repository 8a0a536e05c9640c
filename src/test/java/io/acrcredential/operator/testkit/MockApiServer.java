// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;

/** fabric8's mock of the API server over plain HTTP, for unit tests. */
public final class MockApiServer {

  private MockApiServer() {}

  /** Stores objects, except where a test expects another answer. Not started yet. */
  public static KubernetesMockServer create() {
    Map<ServerRequest, Queue<ServerResponse>> answers = new ConcurrentHashMap<>();
    return new KubernetesMockServer(
        new Context(Serialization.jsonMapper()),
        new MockWebServer(),
        answers,
        new KubernetesMixedDispatcher(answers),
        false);
  }
}
