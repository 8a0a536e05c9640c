// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.time.Clock;
import java.time.Duration;

/**
 * Says what the simulated cloud holds. {@link #account} is followed by what belongs to it: keys,
 * Enterprise Edition instances, Personal Edition; {@link #role} by whom it trusts.
 */
public final class Setup {

  private final SimulatorState world;
  private SimAccount account;
  private SimRole role;

  Setup(SimulatorState world) {
    this.world = world;
  }

  /** Opens an account, or goes on with a known one. */
  public Setup account(String uid) {
    account = world.accounts.computeIfAbsent(uid, SimAccount::new);
    return this;
  }

  /** An AccessKey of the account's RAM user, which has the documented RAM policy. */
  public Setup accessKey(String id, String secret) {
    world.accessKeys.put(id, new AccessKey(id, secret, current(), true));
    return this;
  }

  /** For example {@code cr:ListInstanceEndpoint}. */
  public Setup denyAction(String action) {
    current().grants().deny(action);
    return this;
  }

  /** An instance with domains {@code name-registry[-vpc].region.cr.aliyuncs.com}. */
  public Setup enterprise(String instanceId, String region, String name) {
    world.instances.put(instanceId, new SimInstance(instanceId, region, name, current().uid()));
    return region(region);
  }

  /** A USER domain of the internet endpoint, for example the {@code host:port} of a registry. */
  public Setup customDomain(String instanceId, String domain) {
    world.instance(instanceId).addCustomDomain(domain);
    return this;
  }

  /** {@code endpoint} is {@code internet} or {@code vpc}. */
  public Setup disableEndpoint(String instanceId, String endpoint) {
    world.instance(instanceId).enableEndpoint(endpoint, false);
    return this;
  }

  /** Gives the account a Personal Edition in the region. */
  public Setup personal(String region) {
    current().openPersonalEdition(region);
    return region(region);
  }

  /**
   * A new-style Personal Edition instance of the account ({@code crpi-…}), for which the account's
   * 2016-06-07 tokens are taken.
   */
  public Setup personalInstance(String instanceId, String region) {
    world.personalInstances.put(instanceId, new SimulatorState.Personal(current().uid(), region));
    return personal(region);
  }

  /**
   * A RAM role, for example {@code acs:ram::1002:role/pull}, which may do what the documented
   * policy allows; or goes on with a known one.
   */
  public Setup role(String arn) {
    if (!arn.matches("acs:ram::\\d+:role/[\\w.-]+")) {
      throw new IllegalArgumentException("not a role's ARN: " + arn);
    }
    var owner = world.accounts.computeIfAbsent(arn.split(":")[3], SimAccount::new);
    role = world.roles.computeIfAbsent(arn, same -> new SimRole(same, owner));
    return this;
  }

  /** The role may be assumed by an account's users and roles (uid), or by one role (ARN). */
  public Setup trusts(String principal) {
    currentRole().trust(principal);
    return this;
  }

  /** The role may be assumed by a subject of an OIDC identity provider's. */
  public Setup trustsOidc(String providerArn, String subject) {
    currentRole().trustOidc(providerArn, subject);
    return this;
  }

  /** The ExternalId that the role's trust policy demands. */
  public Setup externalId(String id) {
    currentRole().externalId = id;
    return this;
  }

  /** One hour by default, as for RAM roles. */
  public Setup maxSessionDuration(Duration duration) {
    currentRole().maxSessionDuration = duration;
    return this;
  }

  /** An OIDC identity provider for RRSA; its audience is {@code sts.aliyuncs.com}. */
  public Setup oidcProvider(String arn, String issuer) {
    world.oidcProviders.put(arn, new OidcTokens.Provider(arn, issuer, "sts.aliyuncs.com"));
    return this;
  }

  /** Puts the cluster on ECS instances of a region, without a RAM role for now. */
  public Setup metadata(String region) {
    world.metadata = new MetadataService(world, region);
    return this;
  }

  /** The ECS instances' RAM role, set up if it is not yet. */
  public Setup metadataRole(String arn) {
    if (world.metadata == null) {
      throw new IllegalStateException("say metadata(region) first");
    }
    role(arn);
    world.metadata.role = role;
    return this;
  }

  /** Calls a second that each account may make in each region, and at STS. */
  public Setup qps(double perSecond) {
    world.qps = new QpsLimit(perSecond);
    return this;
  }

  /** A host for the region, even without instances. */
  public Setup region(String region) {
    world.regions.add(region);
    return this;
  }

  /** A fixed port for a region; only before the region is opened. */
  public Setup port(String region, int port) {
    world.ports.put(region, port);
    return region(region);
  }

  public Setup clock(Clock clock) {
    world.clock = clock;
    return this;
  }

  /** One hour by default, as in ACR. */
  public Setup tokenLifetime(Duration lifetime) {
    world.tokenLifetime = lifetime;
    return this;
  }

  private SimRole currentRole() {
    if (role == null) {
      throw new IllegalStateException("say role(arn) first");
    }
    return role;
  }

  private SimAccount current() {
    if (account == null) {
      throw new IllegalStateException("say account(uid) first");
    }
    return account;
  }
}
