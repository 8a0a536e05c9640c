package io.acrcredential.operator.policy;

import java.util.List;
import java.util.Objects;

/**
 * What one token is for: an instance of a region, as one identity sees it. Everything that asks for
 * the same ref shares one token and one call.
 *
 * @param instanceId {@code cri-…}, {@code crpi-…}, or empty for the region's shared Personal
 *     Edition
 */
public record RegistryRef(Identity identity, String region, String instanceId)
    implements Comparable<RegistryRef> {

  /** No part is null. */
  public RegistryRef {
    Objects.requireNonNull(identity);
    Objects.requireNonNull(region);
    Objects.requireNonNull(instanceId);
  }

  /** Which of ACR's two APIs serves it, and where its domains come from. */
  public enum Edition {
    /** {@code cri-…}: API 2018-12-01, domains listed by it. */
    ENTERPRISE,
    /** The region's shared host: API 2016-06-07, domains computed. */
    PERSONAL,
    /** {@code crpi-…}, since 2024-09-09, a host of its own: like PERSONAL, unverified. */
    PERSONAL_INSTANCE
  }

  /** Told by the instance id's prefix. */
  public Edition edition() {
    if (instanceId.isEmpty()) {
      return Edition.PERSONAL;
    }
    return instanceId.startsWith("crpi-") ? Edition.PERSONAL_INSTANCE : Edition.ENTERPRISE;
  }

  /**
   * The hosts that can be told without asking; empty for Enterprise Edition, whose hosts bear the
   * instance's name. Source: reference/acr.md 2.3.
   */
  public List<String> computedDomains() {
    return switch (edition()) {
      case ENTERPRISE -> List.of();
      case PERSONAL ->
          List.of(
              "registry." + region + ".aliyuncs.com",
              "registry-vpc." + region + ".aliyuncs.com",
              "registry-internal." + region + ".aliyuncs.com",
              "registry-intl." + region + ".aliyuncs.com",
              "registry-intl-vpc." + region + ".aliyuncs.com");
      case PERSONAL_INSTANCE ->
          List.of(
              instanceId + "." + region + ".personal.cr.aliyuncs.com",
              instanceId + "-vpc." + region + ".personal.cr.aliyuncs.com");
    };
  }

  /** For people. */
  public String describe() {
    return switch (edition()) {
      case ENTERPRISE, PERSONAL_INSTANCE -> "instance " + instanceId + " in " + region;
      case PERSONAL -> "Personal Edition in " + region;
    };
  }

  @Override
  public int compareTo(RegistryRef other) {
    return sortKey().compareTo(other.sortKey());
  }

  private String sortKey() {
    return region + '\n' + instanceId + '\n' + identity;
  }
}
