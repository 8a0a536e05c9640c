// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * A Lease, as far as the election needs it. All fields of the spec are optional in Kubernetes; an
 * absent one is an empty text or 0 here.
 *
 * @param resourceVersion changes with each write, so it shows that the holder has renewed
 * @param holder the identity of the process that leads
 * @param durationSeconds how long the holder leads without a renewal
 * @param acquireTime when the holder got the Lease, by its clock
 * @param renewTime when the holder renewed it last, by its clock
 * @param transitions how often the holder has changed
 */
public record LeaseRecord(
    String resourceVersion,
    String holder,
    long durationSeconds,
    String acquireTime,
    String renewTime,
    long transitions) {

  /** How long a cleanup retains the Lease, until the user has deleted operator and CRD. */
  static final Duration CLEANUP_RETENTION = Duration.ofMinutes(5);

  /** The format of MicroTime in the Kubernetes API. */
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /** The record of a Lease as the API server returns it. */
  public static LeaseRecord of(JsonNode lease) {
    JsonNode spec = lease.path("spec");
    return new LeaseRecord(
        lease.path("metadata").path("resourceVersion").asText(),
        spec.path("holderIdentity").asText(""),
        spec.path("leaseDurationSeconds").asLong(),
        spec.path("acquireTime").asText(""),
        spec.path("renewTime").asText(""),
        spec.path("leaseTransitions").asLong());
  }

  /** What {@code holder} writes to take or renew the Lease that it read. */
  static LeaseRecord heldBy(String holder, Duration duration, LeaseRecord current, Instant now) {
    String time = MICRO_TIME.format(now);
    boolean isRenewal = current != null && holder.equals(current.holder());
    return new LeaseRecord(
        "",
        holder,
        duration.toSeconds(),
        isRenewal && !current.acquireTime().isEmpty() ? current.acquireTime() : time,
        time,
        current == null ? 0 : current.transitions() + (isRenewal ? 0 : 1));
  }

  /** What the holder writes to release the Lease. */
  static LeaseRecord released(LeaseRecord current, Instant now) {
    return new LeaseRecord("", "", 1, "", MICRO_TIME.format(now), current.transitions());
  }

  /** A Lease without a holder, a duration or a renewal is free, because it never expires. */
  boolean isFree() {
    return holder.isEmpty() || durationSeconds <= 0 || renewTime.isEmpty();
  }

  /** How long the holder leads without a renewal. */
  public Duration duration() {
    return Duration.ofSeconds(durationSeconds);
  }

  /** The field {@code spec} of the Lease. */
  ObjectNode spec() {
    ObjectNode spec = JsonNodeFactory.instance.objectNode();
    if (!holder.isEmpty()) {
      spec.put("holderIdentity", holder);
    }
    if (!acquireTime.isEmpty()) {
      spec.put("acquireTime", acquireTime);
    }
    return spec.put("leaseDurationSeconds", durationSeconds)
        .put("renewTime", renewTime)
        .put("leaseTransitions", transitions);
  }
}
