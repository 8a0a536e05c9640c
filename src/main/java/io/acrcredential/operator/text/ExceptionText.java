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
import java.util.List;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * The one place that turns a {@link Throwable} into words for status, Events and log. Libraries
 * quote what they fail on: the HTTP client a header with its signature, JSON and YAML parsers the
 * source, the Kubernetes client the API server's whole answer. So nothing that a library says is
 * shown: what is known is told in words of ours, what is not known by its class alone.
 */
public final class ExceptionText {

  /** Causes of causes; a chain that is longer may well be a ring. */
  private static final int MAX_DEPTH = 16;

  private record Phrase(String quoted, String words) {}

  private record Kind(Class<? extends Throwable> type, String words) {}

  /** Texts of the JDK, Netty and Vert.x by which failures of one class are told apart. */
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
          new Phrase("protocol_version", "the two sides have no TLS version in common"));

  /** A subclass stands before its parent. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind(UnknownHostException.class, "the host name is unknown"),
          new Kind(ProxyConnectException.class, "the proxy did not connect"),
          new Kind(NoRouteToHostException.class, "there is no route to the host"),
          new Kind(BindException.class, "the port is in use"),
          new Kind(ConnectException.class, "no connection could be made"),
          new Kind(SSLException.class, "the TLS handshake failed"),
          new Kind(SocketTimeoutException.class, "no answer in time"),
          new Kind(HttpTimeoutException.class, "no answer in time"),
          new Kind(TimeoutException.class, "no answer in time"),
          new Kind(io.smallrye.mutiny.TimeoutException.class, "no answer in time"),
          new Kind(NoSuchFileException.class, "the file does not exist"),
          new Kind(FileNotFoundException.class, "the file can't be opened"),
          new Kind(AccessDeniedException.class, "the file may not be read"));

  private ExceptionText() {}

  /**
   * What went wrong, at most {@link TextSanitizer#MAX_LENGTH} characters where it is another
   * party's text: a refusal of the API server, cleaned, or words of ours. Of what is not known only
   * the class of the innermost cause.
   */
  public static String of(Throwable failure) {
    List<Throwable> chain = chain(failure);
    for (Throwable each : chain) {
      String words = words(each);
      if (words != null) {
        return words;
      }
    }
    return className(chain.get(chain.size() - 1));
  }

  /**
   * The failure for a log that prints stack traces: the same classes, frames and causes, but of the
   * messages only what {@link #of} would tell.
   */
  public static Throwable trace(Throwable failure) {
    return failure instanceof Trace ? failure : new Trace(failure, MAX_DEPTH);
  }

  /** Null = this class is not known. */
  private static String words(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof SanitizedMessage) {
      return message;
    }
    if (failure instanceof KubernetesClientException refusal) {
      return refusal(refusal);
    }
    if (failure instanceof ConfigValidationException) {
      // It quotes settings, which are no secrets, and nothing else says which of them is wrong.
      return TextSanitizer.clean(message);
    }
    for (Phrase phrase : PHRASES) {
      if (message != null && message.contains(phrase.quoted())) {
        return phrase.words();
      }
    }
    return KINDS.stream()
        .filter(kind -> kind.type().isInstance(failure))
        .map(Kind::words)
        .findFirst()
        .orElse(null);
  }

  /** The message of the answer's Status alone: the exception's own has URL and whole Status too. */
  private static String refusal(KubernetesClientException e) {
    String told = e.getStatus() == null ? "" : TextSanitizer.clean(e.getStatus().getMessage());
    if (!told.isEmpty()) {
      return told;
    }
    return e.getCode() > 0 ? "HTTP status " + e.getCode() : null;
  }

  private static List<Throwable> chain(Throwable failure) {
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

  /** Stands for another in the log. */
  private static final class Trace extends Throwable {

    private static final long serialVersionUID = 1L;

    private final String told;

    Trace(Throwable original, int depth) {
      super(null, cause(original, depth));
      String words = words(original);
      told = original.getClass().getName() + (words == null ? "" : ": " + words);
      setStackTrace(original.getStackTrace());
      if (depth > 0) {
        for (Throwable each : original.getSuppressed()) {
          addSuppressed(new Trace(each, depth - 1));
        }
      }
    }

    private static Throwable cause(Throwable original, int depth) {
      return original.getCause() == null || depth == 0
          ? null
          : new Trace(original.getCause(), depth - 1);
    }

    @Override
    public String toString() {
      return told;
    }
  }
}
