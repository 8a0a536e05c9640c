// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;

/**
 * Detects that this process and the API server no longer trust each other, because the CA of the
 * cluster or the token of the ServiceAccount was replaced. A handshake that a proxy or a restarting
 * API server breaks off does not count. Not thread-safe.
 */
final class TrustFailures {

  /** How long there must have been no other result. */
  static final Duration LIMIT = Duration.ofSeconds(60);

  /** A process that was paused for the time has seen too little. */
  private static final int MIN_FAILURES = 10;

  /** How the JDK begins the message about an alert, such as bad_certificate, of the other side. */
  private static final String ALERT = "Received fatal alert";

  private final LongSupplier nanoTime;
  private int failures;
  private long firstNanos;

  TrustFailures(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The API server answered a request. */
  void onAnswer() {
    failures = 0;
  }

  /** A request failed. Returns whether trust is lost. */
  boolean onFailure(KubernetesClientException failure) {
    if (!isAboutTrust(failure)) {
      failures = 0;
      return false;
    }
    if (failures++ == 0) {
      firstNanos = nanoTime.getAsLong();
    }
    return failures >= MIN_FAILURES && nanoTime.getAsLong() - firstNanos >= LIMIT.toNanos();
  }

  private static boolean isAboutTrust(KubernetesClientException failure) {
    if (failure.getCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
      return true;
    }
    return ExceptionText.chain(failure.getCause()).stream().anyMatch(TrustFailures::showsDistrust);
  }

  private static boolean showsDistrust(Throwable cause) {
    return cause instanceof GeneralSecurityException
        || cause instanceof SSLException && ExceptionText.messageStartsWith(cause, ALERT);
  }
}
