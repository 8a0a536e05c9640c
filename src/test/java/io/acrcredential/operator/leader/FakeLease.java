// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * One Lease in memory, with the optimistic locking of the API server. Each {@link Connection} may
 * lose requests and responses, and may be slow.
 */
final class FakeLease {

  /** Null = it does not exist. */
  LeaseRecord stored;

  private long version;

  void put(LeaseRecord record) {
    stored =
        new LeaseRecord(
            String.valueOf(++version),
            record.holder(),
            record.durationSeconds(),
            record.acquireTime(),
            record.renewTime(),
            record.transitions());
  }

  /** Restores a snapshot of etcd, which sets the counter of versions back. */
  void restore(LeaseRecord snapshot) {
    stored = snapshot;
    version = Long.parseLong(snapshot.resourceVersion());
  }

  Connection connection(Consumer<Duration> pass) {
    return new Connection(pass);
  }

  /** What happens to a request. */
  enum Fault {
    NONE,
    /** The API server refuses it, as while it starts. */
    UNAVAILABLE,
    /** No response comes, and the request never arrives. */
    LOST_REQUEST,
    /** The request arrives, but its response does not. */
    LOST_RESPONSE
  }

  /** How one process reaches the Lease. */
  final class Connection implements LeaseApi {
    private final Consumer<Duration> pass;
    Fault fault = Fault.NONE;
    Duration latency = Duration.ZERO;
    RuntimeException failure;
    RuntimeException writeFailure;
    int reads;
    int writes;

    /**
     * @param pass lets time pass
     */
    private Connection(Consumer<Duration> pass) {
      this.pass = pass;
    }

    @Override
    public LeaseRecord read(Duration timeout) {
      reads++;
      Duration rest = send(timeout);
      LeaseRecord found = stored;
      receive(rest);
      return found;
    }

    @Override
    public LeaseRecord write(LeaseRecord current, LeaseRecord desired, Duration timeout) {
      writes++;
      Duration rest = send(timeout);
      if (writeFailure != null) {
        throw writeFailure;
      }
      boolean isSame =
          current == null
              ? stored == null
              : stored != null && stored.resourceVersion().equals(current.resourceVersion());
      if (isSame) {
        put(desired);
      }
      LeaseRecord written = stored;
      receive(rest);
      if (!isSame) {
        throw new KubernetesClientException("conflict", 409, null);
      }
      return written;
    }

    /** Returns the time that is left for the response. */
    private Duration send(Duration timeout) {
      if (failure != null) {
        throw failure;
      }
      if (fault == Fault.UNAVAILABLE) {
        throw new KubernetesClientException("unavailable", 503, null);
      }
      if (fault == Fault.LOST_REQUEST || latency.compareTo(timeout) > 0) {
        pass.accept(timeout);
        throw timeout();
      }
      pass.accept(latency);
      return timeout.minus(latency);
    }

    private void receive(Duration rest) {
      if (fault == Fault.LOST_RESPONSE || latency.compareTo(rest) > 0) {
        pass.accept(rest);
        throw timeout();
      }
      pass.accept(latency);
    }

    private static KubernetesClientException timeout() {
      return new KubernetesClientException("no response in time", new TimeoutException());
    }

    /** All requests arrive from now on, and are answered at once. */
    void heal() {
      fault = Fault.NONE;
      latency = Duration.ZERO;
    }

    @Override
    public void close() {}
  }
}
