// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * HTTP/1.1 on 127.0.0.1 (RFC 9112), a thread per connection. Not the JDK's server: that overwrites
 * the Date header, which a simulated clock needs, and never answers a client that tries TLS first,
 * as Jib and containerd do.
 */
public final class LoopbackServer implements AutoCloseable {

  /** A request; header names are in lower case, {@code target} is as sent. */
  public record Request(String method, String target, Map<String, String> headers, byte[] body) {

    @Override
    public String toString() {
      return method + " " + target;
    }
  }

  /** An answer. */
  public record Response(int status, Map<String, String> headers, byte[] body) {

    @Override
    public String toString() {
      return "Response[" + status + "]";
    }
  }

  /** Answers a request; may block. Empty = close the connection without an answer. */
  @FunctionalInterface
  public interface Handler {
    Optional<Response> answer(Request request) throws InterruptedException;
  }

  private final ServerSocket listening;
  private final Handler handler;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads;

  private LoopbackServer(ServerSocket listening, Handler handler) {
    this.listening = listening;
    this.handler = handler;
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              var thread = new Thread(task, "loopback-" + listening.getLocalPort());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Starts a server; port 0 = any that is free. */
  public static LoopbackServer start(int port, Handler handler) {
    try {
      var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      var server = new LoopbackServer(new ServerSocket(port, 1024, loopback), handler);
      server.threads.execute(server::accept);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code 127.0.0.1:PORT}. */
  public String authority() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        var connection = listening.accept();
        connections.add(connection);
        threads.execute(() -> converse(connection));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void converse(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      var in = new BufferedInputStream(connection.getInputStream());
      for (var request = read(in); request.isPresent(); request = read(in)) {
        var response = answer(request.get());
        if (response.isEmpty()) {
          return;
        }
        var head = request.get().method().equals("HEAD");
        connection.getOutputStream().write(bytes(response.get(), head));
        if (request.get().headers().getOrDefault("connection", "").equalsIgnoreCase("close")) {
          return;
        }
      }
      // TLS, or no HTTP at all: what Go's servers say
      connection.getOutputStream().write("HTTP/1.0 400 Bad Request\r\n\r\n".getBytes(ISO_8859_1));
    } catch (IOException e) {
      // the client went away, or close() was called
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  /** A mistake of the handler's own is loud, and no riddle for the client. */
  private Optional<Response> answer(Request request) throws InterruptedException {
    try {
      return handler.answer(request);
    } catch (RuntimeException e) {
      e.printStackTrace();
      var type = Map.of("Content-Type", "text/plain");
      return Optional.of(new Response(500, type, e.toString().getBytes(ISO_8859_1)));
    }
  }

  /** Empty if what comes in is no HTTP request. */
  private static Optional<Request> read(InputStream in) throws IOException {
    in.mark(1);
    var first = in.read();
    if (first < 0) {
      throw new EOFException();
    }
    if (first < 'A' || first > 'Z') {
      return Optional.empty();
    }
    in.reset();
    var start = line(in).split(" ");
    if (start.length != 3 || !start[2].startsWith("HTTP/1.")) {
      return Optional.empty();
    }
    var headers = new TreeMap<String, String>();
    for (var line = line(in); !line.isEmpty(); line = line(in)) {
      var colon = line.indexOf(':');
      if (colon < 1) {
        return Optional.empty();
      }
      var name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.merge(name, line.substring(colon + 1).strip(), (a, b) -> a + "," + b);
    }
    return Optional.of(new Request(start[0], start[1], headers, body(in, headers)));
  }

  private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
    if (!headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      return in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    }
    var body = new ByteArrayOutputStream();
    for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
      body.write(in.readNBytes(size));
      line(in);
    }
    line(in);
    return body.toByteArray();
  }

  private static int chunkSize(InputStream in) throws IOException {
    return Integer.parseInt(line(in).split(";")[0].strip(), 16);
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      line.write(next);
    }
    return line.toString(ISO_8859_1).stripTrailing();
  }

  /** Head and body in one write. */
  private static byte[] bytes(Response response, boolean headOnly) {
    var head = new StringBuilder("HTTP/1.1 " + response.status() + " \r\n");
    response.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append("Content-Length: " + response.body().length + "\r\n\r\n");
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head.toString().getBytes(ISO_8859_1));
    bytes.writeBytes(headOnly ? new byte[0] : response.body());
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      listening.close();
      for (var connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
