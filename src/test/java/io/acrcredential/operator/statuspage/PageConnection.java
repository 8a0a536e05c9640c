// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.statuspage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** A connection to the page that sends one request, with any header, and reads what comes back. */
final class PageConnection implements AutoCloseable {

  private static final int TIMEOUT_MILLIS = 60_000;

  private final Socket socket;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();

  /** Sends a request and does not read the answer. */
  static PageConnection open(int port, String request, String... headers) throws IOException {
    PageConnection connection = new PageConnection(new Socket("127.0.0.1", port));
    connection.socket.setSoTimeout(TIMEOUT_MILLIS);
    connection
        .socket
        .getOutputStream()
        .write(
            (request + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n")
                .getBytes(UTF_8));
    return connection;
  }

  /** The answer to a request from a browser on this machine, with its headers. */
  static String get(int port, String path, String... headers) throws IOException {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 0, headers.length);
    all[headers.length] = "Host: localhost:" + port;
    all[headers.length + 1] = "Connection: close";
    return answer(port, "GET " + path, all);
  }

  /** The answer to a request, with its headers; the server or a header closes the connection. */
  static String answer(int port, String request, String... headers) throws IOException {
    try (PageConnection connection = open(port, request, headers)) {
      return new String(connection.socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  /** Follows the page as a browser does. */
  static PageConnection follow(int port, String language) throws IOException {
    PageConnection connection =
        open(port, "GET /events?lang=" + language, "Host: localhost:" + port);
    connection.socket.setSoTimeout(0); // an event comes when something changes
    Thread reader = new Thread(connection::read, "browser");
    reader.setDaemon(true);
    reader.start();
    return connection;
  }

  private PageConnection(Socket socket) {
    this.socket = socket;
  }

  private void read() {
    byte[] buffer = new byte[65_536];
    try (InputStream in = socket.getInputStream()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        received.write(buffer, 0, count);
      }
    } catch (IOException e) {
      received.writeBytes("[closed]".getBytes(UTF_8));
    }
  }

  /** What has come so far, with headers and the sizes of chunks. */
  String received() {
    return received.toString(UTF_8);
  }

  /** How many events have come whole. */
  int events() {
    return received().split("data: [^\n]*\n\n", -1).length - 1;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
