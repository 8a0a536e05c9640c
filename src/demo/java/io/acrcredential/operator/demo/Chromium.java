// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A headless Chromium with one page, driven by the DevTools protocol through pipes: JSON messages
 * that end with a NUL byte, read from file descriptor 3 and written to 4.
 */
final class Chromium implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long TIMEOUT_SECONDS = 60;

  private final Process process;
  private final Path profile;
  private final OutputStream commands;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> replies = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private String session = "";

  private Chromium(Process process, Path profile) {
    this.process = process;
    this.profile = profile;
    this.commands = process.getOutputStream();
    Thread reader = new Thread(this::read, "chromium");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts it with an empty page of this size. */
  static Chromium start(String program, int width, int height) {
    try {
      Path profile = Files.createTempDirectory("chromium");
      List<String> command = new ArrayList<>();
      command.addAll(List.of("bash", "-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"));
      command.addAll(List.of(program, "--headless", "--remote-debugging-pipe"));
      command.addAll(
          List.of("--user-data-dir=" + profile, "--window-size=" + width + "," + height));
      command.addAll(List.of("--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"));
      command.addAll(List.of("--disable-background-networking", "--hide-scrollbars"));
      if (System.getProperty("user.name").equals("root")) {
        command.add("--no-sandbox"); // Chromium refuses to run as root otherwise
      }
      command.add("about:blank");
      Process process =
          new ProcessBuilder(command)
              .redirectError(Path.of("target", "chromium.log").toFile())
              .start();
      Chromium chromium = new Chromium(process, profile);
      chromium.openPage();
      return chromium;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void openPage() {
    String target =
        call("Target.createTarget", parameters().put("url", "about:blank"))
            .path("targetId")
            .asText();
    session =
        call("Target.attachToTarget", parameters().put("targetId", target).put("flatten", true))
            .path("sessionId")
            .asText();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      call(domain + ".enable", parameters());
    }
  }

  private static ObjectNode parameters() {
    return JSON.createObjectNode();
  }

  private JsonNode call(String method, ObjectNode parameters) {
    int id = ids.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    message.set("params", parameters);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> reply = new CompletableFuture<>();
    replies.put(id, reply);
    try {
      synchronized (commands) {
        commands.write(JSON.writeValueAsBytes(message));
        commands.write(0);
        commands.flush();
      }
      JsonNode answer = reply.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (answer.has("error")) {
        throw new DemoException(method + ": " + answer.path("error"));
      }
      return answer.path("result");
    } catch (IOException | ExecutionException | TimeoutException e) {
      throw new DemoException("Chromium does not answer " + method + ": target/chromium.log", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted", e);
    }
  }

  private void read() {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(process.getInputStream())) {
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == 0) {
          handle(JSON.readTree(message.toByteArray()));
          message.reset();
        } else {
          message.write(next);
        }
      }
    } catch (IOException e) {
      complaints.add("Chromium ended: " + e.getMessage());
    }
  }

  private void handle(JsonNode message) {
    CompletableFuture<JsonNode> reply = replies.remove(message.path("id").asInt());
    if (reply != null) {
      reply.complete(message);
      return;
    }
    JsonNode event = message.path("params");
    switch (message.path("method").asText()) {
      case "Runtime.exceptionThrown" -> complaints.add(event.path("exceptionDetails").toString());
      case "Runtime.consoleAPICalled" -> complaints.add(event.path("args").toString());
      // Also what the Content-Security-Policy blocks, and files that cannot be loaded.
      case "Log.entryAdded" -> complaints.add(event.path("entry").path("text").asText());
      default -> {}
    }
  }

  /** What scripts wrote to the console and what the browser reported there. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  void forgetComplaints() {
    complaints.clear();
  }

  void open(String url) {
    call("Page.navigate", parameters().put("url", url));
    if (!Poll.until(
        Duration.ofSeconds(30),
        () -> evaluate("document.readyState").asText().equals("complete"))) {
      throw new DemoException(url + " does not load");
    }
  }

  /** The value of a JavaScript expression in the page. */
  JsonNode evaluate(String expression) {
    JsonNode result =
        call(
            "Runtime.evaluate",
            parameters().put("expression", expression).put("returnByValue", true));
    if (result.has("exceptionDetails")) {
      throw new DemoException(expression + ": " + result.path("exceptionDetails"));
    }
    return result.path("result").path("value");
  }

  /** Whether the user prefers {@code light} or {@code dark}. */
  void colorScheme(String scheme) {
    ObjectNode media = parameters();
    media.putArray("features").addObject().put("name", "prefers-color-scheme").put("value", scheme);
    call("Emulation.setEmulatedMedia", media);
  }

  /** Whether pages may run scripts. {@link #evaluate} always works. */
  void scripts(boolean enabled) {
    call("Emulation.setScriptExecutionDisabled", parameters().put("value", !enabled));
  }

  /** A PNG of the visible part. */
  byte[] screenshot() {
    return Base64.getDecoder()
        .decode(
            call("Page.captureScreenshot", parameters().put("format", "png"))
                .path("data")
                .asText()
                .getBytes(UTF_8));
  }

  @Override
  public void close() {
    try {
      process.destroy();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      try (Stream<Path> files = Files.walk(profile)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
