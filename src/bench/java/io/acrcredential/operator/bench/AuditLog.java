// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The API server's audit log, read as it grows: the client, request and reply time of each request.
 * It times both the operator and the bare writer, so neither times itself.
 */
final class AuditLog {

  /** User-Agent prefix of the bare writer and of the bursts. */
  static final String AGENT = "acr-bench-";

  /** The verb of a request that changes nothing. */
  static final String DRY_RUN = "dry-run";

  private static final String OPERATOR = "acr-operator";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * One request.
   *
   * @param received when the server had read the request's headers
   * @param replied when the reply was complete; for a watch, when it was open
   */
  record Entry(
      boolean operator,
      String agent,
      String verb,
      String resource,
      String namespace,
      String name,
      int code,
      Instant received,
      Instant replied) {

    boolean succeeded() {
      return code < 300;
    }

    boolean is(String aVerb, String aResource) {
      return verb.equals(aVerb) && resource.equals(aResource);
    }

    boolean writes() {
      return !List.of("get", "list", "watch", DRY_RUN).contains(verb);
    }

    String key() {
      return namespace + "/" + name;
    }
  }

  private final Path file;
  private final List<Entry> entries = new ArrayList<>();
  private long position;
  private byte[] rest = new byte[0];

  /** Lines that are not parsed yet. */
  private final List<String> lines = new ArrayList<>();

  AuditLog(Path file) {
    this.file = file;
  }

  /** The current position in the log, for {@link #since}. */
  synchronized int mark() {
    parse();
    return entries.size();
  }

  /** Requests of the operator, the bare writer and the bursts since the mark. */
  synchronized List<Entry> since(int mark) {
    parse();
    return List.copyOf(entries.subList(mark, entries.size()));
  }

  /**
   * Whether the log may contain this number of requests since the mark. Counts lines without
   * parsing them, because parsing would take CPU from the operator but not from the bare writer,
   * whose measurement does not wait for the log.
   */
  synchronized boolean mayContain(int mark, int requests) {
    read();
    return entries.size() - mark + lines.size() >= requests;
  }

  /** Requests of the operator except those for its lease. */
  static List<Entry> operators(List<Entry> entries) {
    return entries.stream()
        .filter(Entry::operator)
        .filter(entry -> !entry.resource().equals("leases"))
        .toList();
  }

  /** Number of requests by verb and resource, such as {@code patch serviceaccounts}. */
  static Map<String, Long> counts(Stream<Entry> entries) {
    Map<String, Long> counts = new TreeMap<>();
    entries.forEach(
        entry ->
            counts.merge(
                entry.verb()
                    + " "
                    + entry.resource()
                    + (entry.succeeded() ? "" : " -> " + entry.code()),
                1L,
                Long::sum));
    return counts;
  }

  /** From the first request's arrival to the last reply, in seconds. */
  static double seconds(List<Entry> entries) {
    return seconds(first(entries), last(entries));
  }

  static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e9;
  }

  static Instant first(List<Entry> entries) {
    return entries.stream().map(Entry::received).min(Instant::compareTo).orElseThrow();
  }

  static Instant last(List<Entry> entries) {
    return entries.stream().map(Entry::replied).max(Instant::compareTo).orElseThrow();
  }

  /** The entries that match, in order. */
  static List<Entry> only(List<Entry> entries, Predicate<Entry> filter) {
    return entries.stream().filter(filter).toList();
  }

  /** Reads new lines; an incomplete last line is kept for the next call. */
  private void read() {
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.size() > position) {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(4 << 20, channel.size() - position));
        position += Math.max(0, channel.read(buffer, position));
        byte[] bytes = Arrays.copyOf(rest, rest.length + buffer.position());
        System.arraycopy(buffer.array(), 0, bytes, rest.length, buffer.position());
        split(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void split(byte[] bytes) {
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        lines.add(new String(bytes, start, i - start, StandardCharsets.UTF_8));
        start = i + 1;
      }
    }
    rest = Arrays.copyOfRange(bytes, start, bytes.length);
  }

  private void parse() {
    read();
    try {
      for (String line : lines) {
        parse(line);
      }
      lines.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void parse(String line) throws IOException {
    if (line.contains("\"" + OPERATOR + "\"") || line.contains("\"" + AGENT)) {
      JsonNode node = JSON.readTree(line);
      boolean watchEnds =
          node.path("verb").asText().equals("watch")
              && node.path("stage").asText().equals("ResponseComplete");
      if (!watchEnds) {
        entries.add(entry(node));
      }
    }
  }

  private static Entry entry(JsonNode node) {
    JsonNode object = node.path("objectRef");
    String part = object.path("subresource").asText("");
    String name = object.path("name").asText("");
    boolean state = name.startsWith("acr-credential-state-");
    return new Entry(
        node.path("user").path("username").asText().equals(OPERATOR),
        node.path("userAgent").asText(),
        node.path("requestURI").asText().contains("dryRun=All")
            ? DRY_RUN
            : node.path("verb").asText(),
        (state ? "state secrets" : object.path("resource").asText())
            + (part.isEmpty() ? "" : "/" + part),
        object.path("namespace").asText(""),
        name,
        node.path("responseStatus").path("code").asInt(),
        Instant.parse(node.path("requestReceivedTimestamp").asText()),
        Instant.parse(node.path("stageTimestamp").asText()));
  }
}
