// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.text;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netty.handler.proxy.ProxyConnectException;
import io.smallrye.config.ConfigValidationException;
import java.io.FileNotFoundException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Turns a {@link Throwable} into text for status, Events and log; nothing else does. The exceptions
 * of libraries quote their input: the HTTP client quotes a header with its signature, JSON and YAML
 * parsers the source, the Kubernetes client the whole response. So no message of a library is
 * shown: known exceptions get a fixed text, all others are shown by their class.
 */
public final class ExceptionText {

  /** Of the chain of causes, which may be circular. */
  private static final int MAX_DEPTH = 16;

  private static final String TLS_FAILED = "the TLS handshake failed";
  private static final String UNKNOWN_HOST = "the host name is unknown";

  private record Phrase(String quoted, String text) {}

  private record Kind(Class<? extends Throwable> type, String text) {}

  /** Texts of the JDK, Netty and Vert.x that distinguish exceptions of the same class. */
  private static final List<Phrase> PHRASES =
      List.of(
          new Phrase("407 Proxy Authentication Required", "the proxy asks for a login"),
          new Phrase("Connection refused", "the connection was refused"),
          new Phrase("onnection reset", "the connection was reset"),
          new Phrase("Connection was closed", "the connection was closed"),
          new Phrase("onnection timed out", "no connection in time"),
          new Phrase("Network is unreachable", "the network is unreachable"),
          new Phrase("No route to host", "there is no route to the host"),
          new Phrase(
              "unable to find valid certification path", "the certificate's CA is not trusted"),
          new Phrase("PKIX path", "the certificate's CA is not trusted"),
          new Phrase("NotAfter", "the certificate has expired"),
          new Phrase("certificate_expired", "the certificate has expired"),
          new Phrase("No subject alternative", "the certificate does not name the host"),
          new Phrase("No name matching", "the certificate does not name the host"),
          new Phrase("protocol_version", "the two sides have no TLS version in common"),
          new Phrase("Name or service not known", UNKNOWN_HOST),
          new Phrase("Name does not resolve", UNKNOWN_HOST),
          new Phrase("No address associated with hostname", UNKNOWN_HOST),
          new Phrase("Temporary failure in name resolution", "DNS failed"));

  /** Subclasses come before their superclass. */
  private static final List<Kind> KINDS =
      List.of(
          // Also for SERVFAIL, and if no name server answers.
          new Kind(UnknownHostException.class, "the host name could not be resolved"),
          new Kind(ProxyConnectException.class, "the proxy did not connect"),
          new Kind(NoRouteToHostException.class, "there is no route to the host"),
          new Kind(BindException.class, "the port is in use"),
          new Kind(ConnectException.class, "no connection could be made"),
          new Kind(SSLException.class, TLS_FAILED),
          new Kind(SocketTimeoutException.class, "no answer in time"),
          new Kind(HttpTimeoutException.class, "no answer in time"),
          new Kind(TimeoutException.class, "no answer in time"),
          new Kind(io.smallrye.mutiny.TimeoutException.class, "no answer in time"),
          new Kind(NoSuchFileException.class, "the file does not exist"),
          new Kind(FileNotFoundException.class, "the file can't be opened"),
          new Kind(AccessDeniedException.class, "the file may not be read"));

  private ExceptionText() {}

  /**
   * What went wrong: the sanitized message of the API server, of at most {@link
   * TextSanitizer#MAX_LENGTH} characters, or a fixed text. For unknown exceptions it is the class
   * of the innermost cause.
   */
  public static String of(Throwable failure) {
    List<Throwable> chain = chain(failure);
    for (Throwable each : chain) {
      // More specific than what a library made of it, such as a failed TLS handshake.
      if (each instanceof SanitizedMessage) {
        return each.getMessage();
      }
    }
    String tlsFailure = null;
    for (Throwable each : chain) {
      String text = text(each);
      if (TLS_FAILED.equals(text)) {
        // Vert.x wraps the exception that says why.
        tlsFailure = text;
      } else if (text != null) {
        return text;
      }
    }
    return tlsFailure == null ? className(chain.get(chain.size() - 1)) : tlsFailure;
  }

  /**
   * The exception for the log: with its classes, stack frames and causes, but with the messages
   * that {@link #of} gives.
   */
  public static Throwable trace(Throwable failure) {
    return failure instanceof SanitizedTrace ? failure : new SanitizedTrace(failure, MAX_DEPTH);
  }

  /** Null = the exception is unknown. */
  private static String text(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof SanitizedMessage) {
      return message;
    }
    if (failure instanceof KubernetesClientException refusal) {
      return refusal(refusal);
    }
    if (failure instanceof ConfigValidationException) {
      // It quotes settings, which are not secret, and the message is the only place that names the
      // invalid one.
      return TextSanitizer.clean(message);
    }
    for (Phrase phrase : PHRASES) {
      if (message != null && message.contains(phrase.quoted())) {
        return phrase.text();
      }
    }
    return KINDS.stream()
        .filter(kind -> kind.type().isInstance(failure))
        .map(Kind::text)
        .findFirst()
        .orElse(null);
  }

  /**
   * Whether the message of the API server contains one of these phrases. It gives nothing of the
   * message away, so it may be used to tell refusals apart.
   */
  public static boolean refusalContains(KubernetesClientException e, List<String> phrases) {
    String message = e.getStatus() == null ? null : e.getStatus().getMessage();
    return message != null && phrases.stream().anyMatch(message::contains);
  }

  /** Whether the message of an exception starts with this text. The message itself is not used. */
  public static boolean messageStartsWith(Throwable failure, String prefix) {
    String message = failure.getMessage();
    return message != null && message.startsWith(prefix);
  }

  /** Only the message in the Status: that of the exception has the URL and the whole Status too. */
  private static String refusal(KubernetesClientException e) {
    String message = e.getStatus() == null ? "" : TextSanitizer.clean(e.getStatus().getMessage());
    if (!message.isEmpty()) {
      return message;
    }
    return e.getCode() > 0 ? "HTTP status " + e.getCode() : null;
  }

  /**
   * The exception and its causes, outermost first, but not more than {@value #MAX_DEPTH}, because a
   * chain of causes may be circular.
   *
   * @param failure null = there is none
   */
  public static List<Throwable> chain(Throwable failure) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable each = failure;
        each != null && chain.size() < MAX_DEPTH;
        each = each.getCause()) {
      chain.add(each);
    }
    return chain;
  }

  private static String className(Throwable failure) {
    String name = failure.getClass().getName();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Replaces an exception in the log. */
  private static final class SanitizedTrace extends Throwable {

    private static final long serialVersionUID = 1L;

    /**
     * Of each exception: a reactive pipeline has hundreds, and a retry would log all of them again.
     */
    private static final int MAX_FRAMES = 30;

    private final String text;

    SanitizedTrace(Throwable original, int depth) {
      super(null, cause(original, depth));
      String message = text(original);
      text = original.getClass().getName() + (message == null ? "" : ": " + message);
      StackTraceElement[] frames = original.getStackTrace();
      setStackTrace(Arrays.copyOf(frames, Math.min(frames.length, MAX_FRAMES)));
      if (depth > 0) {
        for (Throwable each : original.getSuppressed()) {
          addSuppressed(new SanitizedTrace(each, depth - 1));
        }
      }
    }

    private static Throwable cause(Throwable original, int depth) {
      return original.getCause() == null || depth == 0
          ? null
          : new SanitizedTrace(original.getCause(), depth - 1);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
