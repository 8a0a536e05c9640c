package io.acrcredential.operator.testkit.simulator;

import java.time.Clock;
import java.time.Duration;

/**
 * Says what the simulated cloud holds. {@link #account} is followed by what belongs to it: keys,
 * Enterprise Edition instances, Personal Edition.
 */
public final class Setup {

  private final World world;
  private SimAccount account;

  Setup(World world) {
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
    current().deny(action);
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

  /** A region's host, even if nobody has anything there. */
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

  /** One hour unless told otherwise, as the real ones live. */
  public Setup tokenLifetime(Duration lifetime) {
    world.tokenLifetime = lifetime;
    return this;
  }

  private SimAccount current() {
    if (account == null) {
      throw new IllegalStateException("say account(uid) first");
    }
    return account;
  }
}
