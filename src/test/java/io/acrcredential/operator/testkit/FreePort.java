// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of loopback for programs that open them some seconds later. */
public final class FreePort {

  private static final int FORKS = 4;
  static final int PORTS_PER_FORK = 6_000 / FORKS;
  private static final Set<Integer> USED_PORTS = new HashSet<>();

  private FreePort() {}

  /**
   * A port that no other process takes in the two seconds that a JVM needs to its first socket:
   * below those that the system hands out, beside those of {@code dev/cluster}, in a range of this
   * fork's own, and never the same one twice.
   */
  public static synchronized int next() {
    int first = first(fork());
    while (USED_PORTS.size() < PORTS_PER_FORK) {
      int port = first + ThreadLocalRandom.current().nextInt(PORTS_PER_FORK);
      if (USED_PORTS.add(port)) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
          return socket.getLocalPort();
        } catch (BindException e) {
          // used by another process
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    throw new IllegalStateException(
        "no port is free from " + first + " to " + (first + PORTS_PER_FORK - 1));
  }

  /** The number of this fork, from 1; the build sets the property. */
  static int fork() {
    return Integer.parseInt(System.getProperty("test.fork", "fork-1").replace("fork-", ""));
  }

  /** The first port of a fork. */
  static int first(int fork) {
    return 10_000 + (fork - 1) % FORKS * PORTS_PER_FORK;
  }
}
