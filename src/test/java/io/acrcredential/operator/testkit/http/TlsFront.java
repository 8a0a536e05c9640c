// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * Ends TLS before a server, for one host name, on one address of 127.0.0.0/8. Speaks TLS with the
 * server too if its address begins with {@code https}, whatever its certificate.
 */
public final class TlsFront implements AutoCloseable {

  private final ServerSocket listening;
  private final URI behind;
  private final List<String> names = new CopyOnWriteArrayList<>();
  private final List<Socket> clients = new CopyOnWriteArrayList<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "tls-front");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Starts it.
   *
   * @param folder has the key of the host, or gets it: {@code ca.crt} and {@code server.p12}
   * @param port 0 = any that is free
   * @param protocols the versions of TLS that it speaks, such as {@code TLSv1.2}; none = all
   */
  public static TlsFront start(
      Path folder, String host, String address, int port, URI behind, String... protocols)
      throws IOException, GeneralSecurityException, InterruptedException {
    SSLServerSocket listening =
        (SSLServerSocket)
            SelfSignedTls.context(folder, host)
                .getServerSocketFactory()
                .createServerSocket(port, 50, InetAddress.getByName(address));
    if (protocols.length > 0) {
      listening.setEnabledProtocols(protocols);
    }
    return new TlsFront(listening, behind);
  }

  private TlsFront(ServerSocket listening, URI behind) {
    this.listening = listening;
    this.behind = behind;
    threads.execute(this::accept);
  }

  /** Where it listens. */
  public int port() {
    return listening.getLocalPort();
  }

  /** The server names that clients indicated. */
  public List<String> names() {
    return names;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        SSLSocket client = (SSLSocket) listening.accept();
        threads.execute(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(SSLSocket client) {
    clients.add(client);
    try (client;
        Socket server = connect()) {
      client.startHandshake();
      ((ExtendedSSLSession) client.getSession())
          .getRequestedServerNames()
          .forEach(name -> names.add(((SNIHostName) name).getAsciiName()));
      threads.execute(() -> SelfSignedTls.copyAndClose(server, client));
      client.getInputStream().transferTo(server.getOutputStream());
    } catch (IOException e) {
      // Who probes hangs up without a handshake.
      return;
    }
  }

  private Socket connect() throws IOException {
    return behind.getScheme().equals("https")
        ? SelfSignedTls.trustingAll()
            .getSocketFactory()
            .createSocket(behind.getHost(), behind.getPort())
        : new Socket(behind.getHost(), behind.getPort());
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (Socket client : clients) {
        client.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.shutdownNow();
  }
}
