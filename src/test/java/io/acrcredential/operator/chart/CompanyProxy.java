// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.chart;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.acrcredential.operator.testkit.http.SelfSignedTls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A company proxy on loopback: requires a user and a password, and terminates TLS with a
 * certificate of its own for the requested host. It forwards everything to one plain server.
 */
final class CompanyProxy implements AutoCloseable {

  private final ServerSocket listening;
  private final SSLContext tls;
  private final String authorization;
  private final URI behind;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "company-proxy");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param folder gets the certificate, {@code ca.crt}
   * @param host of the certificate
   * @param behind where all that is sent goes
   */
  static CompanyProxy start(Path folder, String host, String user, String password, URI behind)
      throws IOException, GeneralSecurityException, InterruptedException {
    return new CompanyProxy(SelfSignedTls.context(folder, host), user + ":" + password, behind);
  }

  private CompanyProxy(SSLContext tls, String login, URI behind) throws IOException {
    this.tls = tls;
    this.authorization = "Basic " + Base64.getEncoder().encodeToString(login.getBytes(ISO_8859_1));
    this.behind = behind;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /** The port of the proxy on 127.0.0.1. */
  String port() {
    return String.valueOf(listening.getLocalPort());
  }

  /**
   * The request line, such as {@code CONNECT cr.example.com:443}; without a valid login, {@code
   * 407}.
   */
  List<String> requests() {
    return requests;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        threads.execute(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      String head = head(socket.getInputStream());
      boolean known =
          head.lines()
              .anyMatch(line -> line.equalsIgnoreCase("Proxy-Authorization: " + authorization));
      requests.add(known ? head.lines().findFirst().orElse("").replace(" HTTP/1.1", "") : "407");
      if (!known) {
        answer(socket, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x");
        return;
      }
      answer(socket, "200 Connection established");
      try (SSLSocket client = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, true);
          Socket server = new Socket(behind.getHost(), behind.getPort())) {
        threads.execute(() -> SelfSignedTls.copyAndClose(server, client));
        client.getInputStream().transferTo(server.getOutputStream());
      }
    } catch (IOException e) {
      // The client that waits for the answer reports a closed connection.
      requests.add("failed: " + e.getMessage());
    }
  }

  private static void answer(Socket socket, String line) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(("HTTP/1.1 " + line + "\r\n\r\n").getBytes(ISO_8859_1));
    out.flush();
  }

  /** Byte by byte: what comes after it is TLS. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the client hung up");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.shutdownNow();
  }
}
