// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.acrcredential.operator.testkit.OperatorTestEnvironment;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Something that answers in place of ACR and does not end. */
class ResponseLimitIT {

  @Test
  void doesNotReadAnEndlessResponse() throws Exception {
    // given
    ExecutorService threads = Executors.newCachedThreadPool();
    try (ServerSocket endless = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        OperatorTestEnvironment env = OperatorTestEnvironment.create()) {
      threads.execute(() -> accept(endless, threads));
      env.withVariable(
              "ACR_ENDPOINT_REGISTRY_CN_HANGZHOU", "http://127.0.0.1:" + endless.getLocalPort())
          .startOperator();

      // when
      env.createPolicy("endless", "registries: [{instanceId: cri-abc}]");

      // then
      env.awaitStatus(
          "endless",
          status ->
              status.conditions().stream()
                  .anyMatch(c -> c.getMessage().contains("the response is longer than 1 MiB")));
      assertThat(env.operator().alive()).isTrue();
      assertThat(env.operator().log()).doesNotContain("ERROR");
    } finally {
      threads.shutdownNow();
    }
  }

  private static void accept(ServerSocket endless, ExecutorService threads) {
    try {
      while (true) {
        Socket client = endless.accept();
        threads.execute(() -> answer(client));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private static void answer(Socket client) {
    try (client) {
      if (client.getInputStream().read(new byte[4096]) < 0) {
        return;
      }
      OutputStream out = client.getOutputStream();
      out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(US_ASCII));
      byte[] chunk = "10000\r\n%s\r\n".formatted("x".repeat(0x10000)).getBytes(US_ASCII);
      while (true) {
        out.write(chunk);
      }
    } catch (IOException e) {
      // The operator has closed the connection.
    }
  }
}
