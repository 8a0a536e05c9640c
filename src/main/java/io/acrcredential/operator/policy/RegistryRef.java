// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The key of a token: an instance in a region, requested by one identity. All policies with the
 * same key share one token and one API call.
 *
 * @param instanceId {@code cri-…}, {@code crpi-…}, or empty for the region's shared Personal
 *     Edition
 */
public record RegistryRef(Identity identity, String region, String instanceId)
    implements Comparable<RegistryRef> {

  private static final Pattern INSTANCE_DOMAIN =
      Pattern.compile("[^/:]*\\.cr\\.aliyuncs\\.com([:/].*)?");

  /** Rejects null components. */
  public RegistryRef {
    Objects.requireNonNull(identity);
    Objects.requireNonNull(region);
    Objects.requireNonNull(instanceId);
  }

  /** Selects which API of ACR serves the instance, and where its domains come from. */
  public enum Edition {
    /** {@code cri-…}: API 2018-12-01, which lists the domains. */
    ENTERPRISE,
    /** The region's shared host: API 2016-06-07, the domains are computed. */
    PERSONAL,
    /**
     * {@code crpi-…}, created since 2024-09-09: like PERSONAL with a host of its own; unverified.
     */
    PERSONAL_INSTANCE
  }

  /** The edition, derived from the prefix of the instance ID. */
  public Edition edition() {
    if (instanceId.isEmpty()) {
      return Edition.PERSONAL;
    }
    return instanceId.startsWith("crpi-") ? Edition.PERSONAL_INSTANCE : Edition.ENTERPRISE;
  }

  /**
   * The hosts that follow from region and instance ID; empty for Enterprise Edition, whose hosts
   * contain the instance's name. Source: docs/acr-facts.md.
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

  /**
   * Whether a domain is one that Alibaba Cloud gives to an instance, Enterprise Edition or Personal
   * Edition with an ID. The shared Personal Edition has none of these, so its token is of no use
   * there. Source: docs/acr-facts.md.
   *
   * @param domain {@code host[:port][/path]}
   */
  public static boolean isInstanceDomain(String domain) {
    return INSTANCE_DOMAIN.matcher(domain).matches();
  }

  /** For messages. */
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
