// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Writes to the API server as fast as a Java program can: prepared bodies, the JDK's HTTP/2 client,
 * as many concurrent requests as the operator has workers.
 */
final class ParallelRequestSender implements AutoCloseable {

  /** The operator's number of workers. */
  static final int THREADS = 16;

  /** One request; the body may be empty. */
  record Write(String method, String path, String body) {
    static Write post(String path, String body) {
      return new Write("POST", path, body);
    }

    static Write patch(String path, String body) {
      return new Write("PATCH", path, body);
    }

    static Write delete(String path) {
      return new Write("DELETE", path, "");
    }
  }

  private final String base;
  private final String token;
  private final String agent;
  private final HttpClient http;
  private final ThreadPoolExecutor pool;
  private final AtomicInteger refused = new AtomicInteger();

  /** Requests without a reply. */
  private int underWay;

  /**
   * @param name its name in the audit log, after {@link AuditLog#AGENT}; empty = not recorded
   */
  ParallelRequestSender(Path kubeconfig, String name) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    base = config.getMasterUrl().replaceAll("/$", "");
    token = config.getAutoOAuthToken();
    agent = name.isEmpty() ? "filler" : AuditLog.AGENT + name;
    try {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_2)
              .sslContext(SSLUtils.sslContext(config))
              .build();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("no TLS to " + base, e);
    }
    pool =
        new ThreadPoolExecutor(THREADS, THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
  }

  /** Sends all requests and waits for all replies. */
  void sendAll(List<Write> writes) {
    writes.forEach(write -> send(write, reply -> {}));
    await();
  }

  /** Sends a request asynchronously and passes the body of a successful reply on. */
  void send(Write write, Consumer<String> then) {
    synchronized (this) {
      underWay++;
    }
    pool.execute(
        () -> {
          try {
            HttpResponse<String> reply =
                http.send(request(write), HttpResponse.BodyHandlers.ofString());
            if (reply.statusCode() < 300) {
              then.accept(reply.body());
            } else if (reply.statusCode() != 404 && reply.statusCode() != 409) {
              refused.incrementAndGet();
              System.err.println(write.method() + " " + write.path() + ": " + reply.body());
            }
          } catch (IOException e) {
            refused.incrementAndGet();
            System.err.println(write.method() + " " + write.path() + ": " + e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            ended();
          }
        });
  }

  private synchronized void ended() {
    underWay--;
    notifyAll();
  }

  /** Waits for all replies; fails if one was an error other than 404 and 409. */
  synchronized void await() {
    try {
      while (underWay > 0) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    if (refused.get() > 0) {
      throw new IllegalStateException(refused + " writes were refused");
    }
  }

  private HttpRequest request(Write write) {
    return HttpRequest.newBuilder(URI.create(base + write.path()))
        .header("Authorization", "Bearer " + token)
        .header("User-Agent", agent)
        .header(
            "Content-Type",
            write.method().equals("PATCH") ? "application/json-patch+json" : "application/json")
        .method(write.method(), HttpRequest.BodyPublishers.ofString(write.body()))
        .build();
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
