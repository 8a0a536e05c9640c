// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A DNS server (RFC 1035) on UDP port 53 of an address of its own in 127.0.0.0/8; needs root. */
public final class NameServer implements AutoCloseable {

  /** How questions are dealt with. */
  public enum Mode {
    ANSWER,
    SILENT,
    /** Questions for AAAA only are not answered. */
    SILENT_OF_AAAA,
    /** Questions for AAAA only are refused. */
    REFUSE_AAAA,
    SERVFAIL
  }

  private static final int A = 1;
  private static final int AAAA = 28;
  private static final int SERVFAIL = 2;
  private static final int NXDOMAIN = 3;
  private static final int REFUSED = 5;

  private final DatagramSocket socket;
  private final Map<String, String> addresses = new ConcurrentHashMap<>();
  private final List<String> queries = new CopyOnWriteArrayList<>();
  private volatile Mode mode;

  private NameServer(DatagramSocket socket, Mode mode) {
    this.socket = socket;
    this.mode = mode;
    Thread thread = new Thread(this::serve, "name-server");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Starts it.
   *
   * @throws IOException where the port can't be had
   */
  public static NameServer start(String address, Mode mode) throws IOException {
    return new NameServer(
        new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), 53)), mode);
  }

  /** From now on. */
  public void mode(Mode now) {
    mode = now;
  }

  /** The host's IPv4 address; every other name does not exist. */
  public NameServer with(String host, String address) {
    addresses.put(host, address);
    return this;
  }

  /** The names that were queried. */
  public List<String> queries() {
    return queries;
  }

  private void serve() {
    byte[] buffer = new byte[4096];
    while (!socket.isClosed()) {
      try {
        DatagramPacket question = new DatagramPacket(buffer, buffer.length);
        socket.receive(question);
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, question.getLength()));
        if (answer.length > 0) {
          socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
        }
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private byte[] answer(ByteBuffer question) throws IOException {
    short id = question.getShort();
    question.position(12);
    StringBuilder name = new StringBuilder();
    for (int length = question.get(); length > 0; length = question.get()) {
      byte[] label = new byte[length];
      question.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    int type = question.getShort();
    question.getShort();
    byte[] asAsked = new byte[question.position() - 12];
    question.get(12, asAsked);
    String host = name.toString().toLowerCase(Locale.ROOT);
    queries.add(host);
    Mode now = mode;
    boolean silent = now == Mode.SILENT || now == Mode.SILENT_OF_AAAA && type == AAAA;
    if (silent) {
      return new byte[0];
    }
    String address = addresses.get(host);
    int code =
        now == Mode.SERVFAIL
            ? SERVFAIL
            : now == Mode.REFUSE_AAAA && type == AAAA ? REFUSED : address == null ? NXDOMAIN : 0;
    boolean found = code == 0 && type == A;
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    answer.write(
        ByteBuffer.allocate(12)
            .putShort(id)
            .putShort((short) (0x8180 | code))
            .putShort((short) 1)
            .putShort((short) (found ? 1 : 0))
            .putInt(0)
            .array());
    answer.write(asAsked);
    if (found) {
      answer.write(
          ByteBuffer.allocate(16)
              .putShort((short) 0xC00C)
              .putShort((short) A)
              .putShort((short) 1)
              .putInt(1)
              .putShort((short) 4)
              .put(InetAddress.getByName(address).getAddress())
              .array());
    }
    return answer.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}
