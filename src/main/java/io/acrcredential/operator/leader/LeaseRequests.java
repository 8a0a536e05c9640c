// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * What the results of the requests for the Lease tell: whether it is readable, whether the API
 * server and this process still trust each other, and whether etcd was restored from a snapshot.
 */
final class LeaseRequests {

  private static final Logger LOG = Logger.getLogger(LeaseRequests.class);

  /** The Lease must have been read or written in this time. */
  static final Duration READABLE_WITHIN = Duration.ofSeconds(30);

  private final String namespace;
  private final LongSupplier nanoTime;
  private final TrustFailures trustFailures;
  private long highestVersion;
  private volatile String lastFailure;
  private volatile boolean answered;
  private volatile long answeredNanos;

  /**
   * @param namespace the namespace of the Lease, for messages
   */
  LeaseRequests(String namespace, LongSupplier nanoTime) {
    this.namespace = namespace;
    this.nanoTime = nanoTime;
    this.trustFailures = new TrustFailures(nanoTime);
  }

  /**
   * The API server answered.
   *
   * @param answer the Lease; null = it does not exist
   * @return whether etcd was restored since the answer before. Versions of all objects come from
   *     one counter of etcd, which only a restore sets back
   */
  boolean onAnswer(LeaseRecord answer) {
    answeredNanos = nanoTime.getAsLong();
    answered = true;
    trustFailures.onAnswer();
    if (answer == null || !answer.resourceVersion().matches("[0-9]{1,18}")) {
      return false;
    }
    long version = Long.parseLong(answer.resourceVersion());
    boolean isOlder = version < highestVersion;
    highestVersion = version;
    if (isOlder) {
      LOG.warn("The API server has older objects than before, as after a restore of etcd");
    }
    return isOlder;
  }

  /** The Lease is in the expected state, so an earlier failure is over. */
  void onSuccess() {
    if (lastFailure != null) {
      LOG.infof("The Lease %s/%s can be read and written again", namespace, LeaderElection.NAME);
    }
    lastFailure = null;
  }

  /**
   * A request failed. Logged once, not at every attempt.
   *
   * @return whether trust is lost, so that only a new process can help
   */
  boolean onFailure(KubernetesClientException e) {
    String text = ExceptionText.of(e);
    if (!text.equals(lastFailure)) {
      LOG.warnf(
          "The request for the Lease %s/%s failed and is retried: %s",
          namespace, LeaderElection.NAME, text);
    }
    lastFailure = text;
    return trustFailures.onFailure(e);
  }

  /** Why the last request failed; empty if it did not. On any thread. */
  Optional<String> failure() {
    return Optional.ofNullable(lastFailure);
  }

  /** Whether there was an answer in the last {@link #READABLE_WITHIN}. On any thread. */
  boolean isReadable() {
    return answered && nanoTime.getAsLong() - answeredNanos < READABLE_WITHIN.toNanos();
  }
}
