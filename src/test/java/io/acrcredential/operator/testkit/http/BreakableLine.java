// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** TCP by way of 127.0.0.1 to a server, until it is cut, and again once it is mended. */
public final class BreakableLine implements AutoCloseable {

  private final ServerSocket listening;
  private volatile URI behind;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "breakable-line");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean whole = true;
  private volatile boolean mute;
  private volatile Duration delay = Duration.ZERO;
  private volatile int packet = Integer.MAX_VALUE;

  /** Connections that carry nothing any more, though both ends believe that they do. */
  private final Set<Socket> silent = ConcurrentHashMap.newKeySet();

  /** To the host and port of this address. */
  public static BreakableLine to(URI behind) {
    try {
      return new BreakableLine(behind);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private BreakableLine(URI behind) throws IOException {
    this.behind = behind;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /** {@code 127.0.0.1:PORT}. */
  public String authority() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  /** Ends every connection, and each new one at once; answers how many there were. */
  public int cut() {
    whole = false;
    int clients = open.size() / 2;
    open.forEach(BreakableLine::end);
    return clients;
  }

  /**
   * All connections stay open, but what is sent on them arrives nowhere. New connections work.
   * Returns how many there are.
   */
  public int silence() {
    silent.addAll(open);
    return silent.size() / 2;
  }

  /**
   * Connections are accepted, but nothing that is sent on them arrives, on old and new ones. Those
   * opened meanwhile stay silent.
   */
  public void mute() {
    mute = true;
    silence();
  }

  /** Delays each packet, and cuts what is sent into packets of at most this many bytes. */
  public void slow(Duration delay, int packet) {
    this.packet = packet;
    this.delay = delay;
  }

  /** From now on, new connections work, and all at full speed. */
  public void mend() {
    whole = true;
    mute = false;
    slow(Duration.ZERO, Integer.MAX_VALUE);
  }

  /** From now on, new connections lead to another server; those that are open end. */
  public void divert(URI other) {
    behind = other;
    open.forEach(BreakableLine::end);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        if (whole) {
          connect(client);
        } else {
          client.close();
        }
      } catch (IOException e) {
        return;
      }
    }
  }

  private void connect(Socket client) throws IOException {
    URI to = behind;
    Socket server;
    try {
      server = new Socket(to.getHost(), to.getPort());
    } catch (IOException e) {
      client.close();
      return;
    }
    open.add(client);
    open.add(server);
    if (!whole || behind != to) {
      // cut or diverted while the server was connected
      end(client);
      end(server);
    }
    if (mute) {
      silent.add(client);
      silent.add(server);
    }
    threads.execute(() -> pump(client, server));
    threads.execute(() -> pump(server, client));
  }

  private void pump(Socket from, Socket to) {
    try {
      byte[] buffer = new byte[16 * 1024];
      for (int n = from.getInputStream().read(buffer);
          n >= 0;
          n = from.getInputStream().read(buffer)) {
        send(buffer, n, from, to);
      }
    } catch (IOException e) {
      // Both ends notice a closed or cut connection.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(from);
      end(to);
      for (Socket ended : new Socket[] {from, to}) {
        open.remove(ended);
        silent.remove(ended);
      }
    }
  }

  private void send(byte[] buffer, int length, Socket from, Socket to)
      throws IOException, InterruptedException {
    int sent = 0;
    while (sent < length) {
      int now = Math.min(packet, length - sent);
      TimeUnit.NANOSECONDS.sleep(delay.toNanos());
      if (!silent.contains(from)) {
        to.getOutputStream().write(buffer, sent, now);
      }
      sent += now;
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    cut();
    threads.shutdownNow();
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
