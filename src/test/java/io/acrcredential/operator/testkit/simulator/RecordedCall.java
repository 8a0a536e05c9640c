package io.acrcredential.operator.testkit.simulator;

import java.net.URI;
import java.time.Instant;
import java.util.Map;

/**
 * A call that reached the simulator, recorded when its outcome is known and before it is answered.
 *
 * @param nanoTime {@link System#nanoTime()} at arrival, to measure rates by
 * @param instanceId empty for the Personal Edition
 * @param outcome {@code success}, an error code, or a fault's name such as {@code Hang}
 */
public record RecordedCall(
    Instant time,
    long nanoTime,
    String region,
    String api,
    String instanceId,
    String accessKeyId,
    String outcome,
    String method,
    URI uri,
    Map<String, String> headers,
    byte[] body) {

  /** Without headers and body: they carry signatures. */
  @Override
  public String toString() {
    return String.join(" ", region, method, String.valueOf(uri), api, accessKeyId, outcome);
  }
}
