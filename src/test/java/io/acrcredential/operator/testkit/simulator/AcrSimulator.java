// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The ACR OpenAPI on loopback, one port per region as the real one has one host per region, one
 * port for STS, which serves them all, and one for the ECS metadata if there is any. All changes
 * take effect at the next call; faults and latency are safe to change while calls run.
 */
public final class AcrSimulator implements AutoCloseable {

  /** What calls to STS have for a region in {@link RecordedCall} and {@link Fault}. */
  public static final String STS = "sts";

  /** The same for calls to the ECS metadata. */
  public static final String METADATA = "metadata";

  private final SimulatorState world = new SimulatorState();
  private final CallLog log = new CallLog();
  private final Host registry =
      new Gateway(world, new EnterpriseApi(world), new PersonalApi(world));
  private final Host sts = new Gateway(world, new StsApi(world));
  private final Map<String, RegionListener> listeners = new ConcurrentHashMap<>();
  private final Map<String, RegionListener> hosts = new ConcurrentHashMap<>();

  private AcrSimulator() {}

  public static AcrSimulator start(Consumer<Setup> setup) {
    var simulator = new AcrSimulator();
    simulator.configure(setup);
    return simulator;
  }

  /** Adds to what {@link #start} set up; new regions get new ports. */
  public synchronized void configure(Consumer<Setup> setup) {
    setup.accept(new Setup(world));
    for (var region : world.regions) {
      listeners.computeIfAbsent(region, name -> new RegionListener(name, world, registry, log));
    }
    hosts.computeIfAbsent(STS, name -> new RegionListener(name, world, sts, log));
    if (world.metadata != null) {
      hosts.computeIfAbsent(METADATA, name -> new RegionListener(name, world, metadata(), log));
    }
  }

  /** Reads the state each time, because the metadata service may be configured again. */
  private Host metadata() {
    return new Host() {
      @Override
      public Reply handle(String region, ApiRequest request) {
        return world.metadata.handle(region, request);
      }

      @Override
      public String apiOf(ApiRequest request) {
        return world.metadata.apiOf(request);
      }
    };
  }

  /**
   * The operator's settings, {@code ACR_ENDPOINT_REGISTRY_<REGION>} for each region, {@code
   * ACR_ENDPOINT_STS} and {@code ACR_ENDPOINT_METADATA}; the last is empty, which means none, where
   * there is no metadata.
   */
  public Map<String, String> environment() {
    var environment = new TreeMap<String, String>();
    listeners.forEach(
        (region, listener) ->
            environment.put(
                "ACR_ENDPOINT_REGISTRY_" + region.toUpperCase(Locale.ROOT).replace('-', '_'),
                listener.endpoint().toString()));
    environment.put("ACR_ENDPOINT_STS", stsEndpoint().toString());
    environment.put(
        "ACR_ENDPOINT_METADATA",
        hosts.containsKey(METADATA) ? hosts.get(METADATA).endpoint().toString() : "");
    return environment;
  }

  public URI stsEndpoint() {
    return hosts.get(STS).endpoint();
  }

  public URI metadataEndpoint() {
    return SimulatorState.known(hosts, METADATA).endpoint();
  }

  public URI endpoint(String region) {
    return SimulatorState.known(listeners, region).endpoint();
  }

  /** The lifetime of the tokens issued from now on. */
  public void tokenLifetime(Duration lifetime) {
    world.tokenLifetime = lifetime;
  }

  /** How long each call takes. */
  public void latency(Duration latency) {
    world.latency = latency;
  }

  /** How far the server's clock is ahead; negative = behind. */
  public void clockSkew(Duration skew) {
    world.clockSkew = skew;
  }

  /** The server's time. */
  public Instant now() {
    return world.now();
  }

  /** Deletes an AccessKey; tokens issued to it live on. */
  public void revokeAccessKey(String id) {
    world.accessKeys.remove(id);
  }

  public void disableAccessKey(String id) {
    world.accessKeys.computeIfPresent(
        id, (same, key) -> new AccessKey(id, key.secret(), key.account(), false));
  }

  /**
   * Takes an action such as {@code cr:GetAuthorizationToken} or {@code sts:AssumeRole} from an
   * account's RAM user (by the account's uid) or from a role (by its ARN).
   */
  public void denyAction(String principal, String action) {
    world.grants(principal).deny(action);
  }

  public void allowAction(String principal, String action) {
    world.grants(principal).allow(action);
  }

  public boolean allows(String principal, String action) {
    return world.grants(principal).allows(action);
  }

  /**
   * An OIDC token of the first provider's issuer, as a cluster projects it for a ServiceAccount.
   *
   * @param subject {@code system:serviceaccount:NAMESPACE:NAME}
   * @param audience {@code sts.aliyuncs.com} in all that is right
   */
  public String oidcToken(String subject, String audience, Duration validity) {
    var issuer = world.oidcProviders.values().iterator().next().issuer();
    return oidcTokenOf(issuer, subject, audience, validity);
  }

  public String oidcTokenOf(String issuer, String subject, String audience, Duration validity) {
    var now = world.now();
    return world.oidcTokens.issue(
        new OidcTokens.Claims(issuer, subject, audience, now, now.plus(validity)));
  }

  /** Temporary credentials of a role, got without any call, for files and environments. */
  public SessionCredentials credentials(String roleArn, Duration lifetime) {
    var expiresAt = world.now().truncatedTo(ChronoUnit.SECONDS).plus(lifetime);
    var role = world.role(roleArn);
    return Sessions.credentials(
        world.sessions.open(role, "simulated", SessionPolicy.NONE, expiresAt));
  }

  /** Deletes a role; its sessions live on. */
  public void deleteRole(String arn) {
    world.roles.remove(arn);
  }

  public void metadataMode(MetadataMode mode) {
    world.metadata.mode = mode;
  }

  /** The lifetime of the role's credentials that the ECS metadata issue from now on. */
  public void metadataLifetime(Duration lifetime) {
    world.metadata.lifetime = lifetime;
  }

  public void deleteInstance(String instanceId) {
    world.instances.remove(instanceId);
  }

  /** The region of an Enterprise Edition or new-style Personal instance. */
  public String regionOf(String instanceId) {
    var personal = world.personalInstances.get(instanceId);
    return personal != null ? personal.region() : world.instance(instanceId).region();
  }

  /**
   * {@code INSTANCE_NOT_EXIST} comes as HTTP 200 with {@code IsSuccess: false} if true, else as
   * HTTP 404. Both forms are known; the real status of the second is not.
   */
  public void instanceNotExistInOk(boolean inOk) {
    world.instanceNotExistStatus = inOk ? 200 : 404;
  }

  public void inject(Fault fault) {
    world.faults.inject(fault);
  }

  /** Ends all faults; calls that hang are dropped. */
  public void clearFaults() {
    world.faults.clear();
  }

  /** What a password stands for, unless it is unknown, another user's, or expired. */
  public Optional<SimToken> token(String username, String password) {
    return world.tokens.find(username, password, world.now());
  }

  /** {@code instanceId} is empty for the Personal Edition, or one of its new-style instances. */
  public boolean tokenValid(String username, String password, String instanceId) {
    var personal = world.personalInstances.get(instanceId);
    return token(username, password)
        .filter(
            token ->
                personal == null
                    ? token.instanceId().equals(instanceId)
                    : token.instanceId().isEmpty()
                        && token.accountUid().equals(personal.account())
                        && token.region().equals(personal.region()))
        .isPresent();
  }

  /** All calls so far, in the order in which they were judged. */
  public List<RecordedCall> calls() {
    return log.all();
  }

  public long count(String api) {
    return calls().stream().filter(call -> call.api().equals(api)).count();
  }

  /** {@code outcome} is {@code success}, an error code, or the name of a fault. */
  public long count(String api, String outcome) {
    return calls().stream()
        .filter(call -> call.api().equals(api) && call.outcome().equals(outcome))
        .count();
  }

  /** The greatest number of calls that were open at one moment. */
  public int mostConcurrentCalls() {
    return log.mostOpen();
  }

  public void forgetCalls() {
    log.clear();
  }

  @Override
  public void close() {
    clearFaults();
    listeners.values().forEach(RegionListener::close);
    hosts.values().forEach(RegionListener::close);
  }
}
