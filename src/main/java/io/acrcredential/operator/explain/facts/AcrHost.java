// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An official host of ACR, and what it says about the registry behind it. Source:
 * docs/acr-facts.md, "Hosts of registries".
 *
 * @param name of an Enterprise Edition instance, or the ID of a {@code crpi-} instance; empty for
 *     the shared host of the Personal Edition
 */
public record AcrHost(Edition edition, String name, String region, Network network) {

  /** Who serves the host. */
  public enum Edition {
    ENTERPRISE,
    PERSONAL,
    PERSONAL_INSTANCE
  }

  /** From where the host can be reached. */
  public enum Network {
    PUBLIC,
    VPC,
    /** The classic network, which VPCs reach too. */
    INTERNAL,
    /** The P2P acceleration agent on the nodes of a cluster. */
    P2P
  }

  private static final Pattern ENTERPRISE =
      Pattern.compile(
          "(?<name>[^.\\s]+)-registry(?<vpc>-vpc)?(?<p2p>\\.distributed)?"
              + "\\.(?<region>[a-z0-9-]+)\\.cr\\.aliyuncs\\.com(:\\d+)?");
  private static final Pattern PERSONAL =
      Pattern.compile(
          "registry(-intl)?(?<vpc>-vpc)?(?<internal>-internal)?"
              + "\\.(?<region>[a-z0-9-]+)\\.aliyuncs\\.com(:\\d+)?");
  private static final Pattern PERSONAL_INSTANCE =
      Pattern.compile(
          "(?<name>crpi-[a-z0-9]+)(?<vpc>-vpc)?"
              + "\\.(?<region>[a-z0-9-]+)\\.personal\\.cr\\.aliyuncs\\.com(:\\d+)?");

  /**
   * Reads the host of an image.
   *
   * @return empty if it is not an official host: a custom domain of an instance, or another
   *     registry
   */
  public static Optional<AcrHost> of(String host) {
    Matcher enterprise = ENTERPRISE.matcher(host);
    if (enterprise.matches()) {
      Network network = enterprise.group("vpc") == null ? Network.PUBLIC : Network.VPC;
      return Optional.of(
          new AcrHost(
              Edition.ENTERPRISE,
              enterprise.group("name"),
              enterprise.group("region"),
              enterprise.group("p2p") == null ? network : Network.P2P));
    }
    Matcher instance = PERSONAL_INSTANCE.matcher(host);
    if (instance.matches()) {
      return Optional.of(
          new AcrHost(
              Edition.PERSONAL_INSTANCE,
              instance.group("name"),
              instance.group("region"),
              instance.group("vpc") == null ? Network.PUBLIC : Network.VPC));
    }
    Matcher personal = PERSONAL.matcher(host);
    if (!personal.matches()) {
      return Optional.empty();
    }
    Network network = personal.group("internal") == null ? Network.PUBLIC : Network.INTERNAL;
    return Optional.of(
        new AcrHost(
            Edition.PERSONAL,
            "",
            personal.group("region"),
            personal.group("vpc") == null ? network : Network.VPC));
  }

  /** Whether only machines in a VPC of Alibaba Cloud reach the host. */
  public boolean isPrivate() {
    return network != Network.PUBLIC;
  }

  /** Whether another host belongs to the same registry, in whichever network. */
  public boolean isSameRegistry(AcrHost other) {
    return edition == other.edition && name.equals(other.name) && region.equals(other.region);
  }
}
