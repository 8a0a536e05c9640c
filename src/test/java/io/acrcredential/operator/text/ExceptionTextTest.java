// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.acrcredential.operator.StartException;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.startup.LogSanitizer;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class ExceptionTextTest {

  private static Throwable thrown(ThrowingRunnable work) {
    try {
      work.run();
      throw new AssertionError("no exception");
    } catch (Exception e) {
      return e;
    }
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  /** Exceptions of the libraries in use, with a canary in their message or in their input. */
  static Stream<Throwable> quoting() {
    return Stream.of(
        thrown(() -> new DefaultHttpHeaders().set("Authorization", "Canary\nCanary")),
        thrown(() -> new ObjectMapper().readTree("{\"a\": Canary}")),
        thrown(() -> new ObjectMapper().readValue("\"Canary\"", Integer.class)),
        thrown(() -> new Load(LoadSettings.builder().build()).loadFromString("a: [Canary\nb")),
        thrown(() -> Integer.parseInt("Canary")),
        thrown(() -> java.time.Instant.parse("Canary")),
        thrown(() -> java.net.URI.create("http://Canary Canary")),
        new IOException("Canary"),
        new KubernetesClientException("PATCH Canary", new IOException("Canary")),
        new KubernetesClientException("PATCH Canary", 500, null),
        new ConnectException("Connection refused: Canary/10.0.0.1:443"),
        new UnknownHostException("Canary"),
        new IllegalStateException("Canary", new IllegalArgumentException("Canary")));
  }

  @ParameterizedTest
  @MethodSource("quoting")
  void showsNoMessageOfALibrary(Throwable failure) {
    assertThat(ExceptionText.of(failure)).isNotBlank().doesNotContain("Canary");
    assertThat(printed(ExceptionText.trace(failure))).doesNotContain("Canary");
  }

  static Stream<Arguments> known() {
    return Stream.of(
        Arguments.of(new UnknownHostException("h"), "the host name could not be resolved"),
        Arguments.of(
            new UnknownHostException("h: Name or service not known"), "the host name is unknown"),
        Arguments.of(
            new UnknownHostException("h: Temporary failure in name resolution"), "DNS failed"),
        Arguments.of(
            new IOException(new ConnectException("Connection refused: h")),
            "the connection was refused"),
        Arguments.of(new IOException("Connection reset by peer"), "the connection was reset"),
        Arguments.of(new TimeoutException(), "no answer in time"),
        Arguments.of(
            new SSLHandshakeException("PKIX path building failed: x"),
            "the certificate's CA is not trusted"),
        Arguments.of(new SSLHandshakeException("x"), "the TLS handshake failed"),
        Arguments.of(
            new SSLException("x", new SSLHandshakeException("PKIX path building failed: x")),
            "the certificate's CA is not trusted"),
        Arguments.of(
            new IOException(new SSLException("x", new StartException("correct the file"))),
            "correct the file"),
        Arguments.of(new KubernetesClientException("x", 500, null), "HTTP status 500"),
        Arguments.of(new WriteFence.NotLeadingException(), "this process is not the leader"),
        Arguments.of(new StackOverflowError("x"), "StackOverflowError"));
  }

  @ParameterizedTest
  @MethodSource("known")
  void describesKnownExceptions(Throwable failure, String words) {
    assertThat(ExceptionText.of(failure)).isEqualTo(words);
  }

  @Test
  void showsTheSanitizedStatusMessageOfARefusal() {
    // given
    var status = new StatusBuilder().withCode(403).withMessage("quota\u202e\nexceeded").build();

    // when, then
    assertThat(ExceptionText.of(new KubernetesClientException("PATCH at: URL", 403, status)))
        .isEqualTo("quota exceeded");
  }

  @Test
  void endsACircularChainOfCauses() {
    // given
    Exception one = new Exception("Canary");
    Exception other = new Exception("Canary", one);
    one.initCause(other);

    // when, then
    assertThat(ExceptionText.of(one)).isEqualTo("Exception");
    assertThat(printed(ExceptionText.trace(one))).doesNotContain("Canary");
  }

  @Test
  void tracesClassesAndFramesWithoutMessages() {
    // given
    IllegalStateException failure =
        new IllegalStateException("Canary", new KubernetesClientException("Canary"));
    failure.addSuppressed(new IOException("Canary"));
    LogRecord entry = new LogRecord(Level.WARNING, "it failed");
    entry.setThrown(failure);

    // when
    boolean logged = new LogSanitizer().isLoggable(entry);

    // then
    assertThat(logged).isTrue();
    assertThat(printed(entry.getThrown()))
        .doesNotContain("Canary")
        .startsWith("java.lang.IllegalStateException")
        .contains("Caused by: io.fabric8.kubernetes.client.KubernetesClientException")
        .contains("Suppressed: java.io.IOException")
        .contains("at " + ExceptionTextTest.class.getName());
  }

  @Test
  void cutsStacksThatAreLong() {
    // given
    StackTraceElement[] frames = new StackTraceElement[500];
    Arrays.fill(frames, new StackTraceElement("Pipeline", "step", "Pipeline.java", 1));
    IllegalStateException failure = new IllegalStateException();
    failure.setStackTrace(frames);

    // when
    StackTraceElement[] logged = ExceptionText.trace(failure).getStackTrace();

    // then
    assertThat(logged).hasSize(30).containsOnly(frames[0]);
  }

  private static String printed(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
