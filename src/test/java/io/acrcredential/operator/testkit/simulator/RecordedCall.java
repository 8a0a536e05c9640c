// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.net.URI;
import java.time.Instant;
import java.util.Map;

/**
 * A call that reached the simulator, recorded when its outcome is known and before it is answered.
 *
 * @param nanoTime {@link System#nanoTime()} at arrival, to measure rates by
 * @param region {@link AcrSimulator#STS} and {@link AcrSimulator#METADATA} for calls to those
 * @param api the action, or the path for the ECS metadata
 * @param instanceId empty for the Personal Edition and where there is none
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

  /** A parameter's decoded value, from the query or a form body; empty if there is none. */
  public String parameter(String name) {
    return request().parameter(name);
  }

  public String roleArn() {
    return parameter("RoleArn");
  }

  /** The Policy of a call to STS; empty if none. */
  public String sessionPolicy() {
    return parameter("Policy");
  }

  /** What a call to STS asks for; 0 if it leaves that to the service. */
  public int durationSeconds() {
    var seconds = parameter("DurationSeconds");
    return seconds.isEmpty() ? 0 : Integer.parseInt(seconds);
  }

  /** The request with all that changes from call to call replaced; see {@link Wire}. */
  public String wire() {
    return Wire.render(request());
  }

  /** The signature as it was sent, of either kind; empty if none. */
  public String signature() {
    return headers.getOrDefault("authorization", "").isEmpty()
        ? parameter("Signature")
        : headers.get("authorization").replaceFirst(".*Signature=", "");
  }

  /** The signature as it should be: recomputed for the same nonce and date, by our own code. */
  public String rightSignature(String secret) {
    return headers.getOrDefault("authorization", "").isEmpty()
        ? RpcVerifier.signature(request(), secret)
        : Acs3Verifier.signature(request(), secret);
  }

  private ApiRequest request() {
    return new ApiRequest(method, uri, headers, body);
  }

  /** Without query, headers and body: they carry signatures, tokens and credentials. */
  @Override
  public String toString() {
    return String.join(" ", region, method, uri.getPath(), api, instanceId, accessKeyId, outcome);
  }
}
