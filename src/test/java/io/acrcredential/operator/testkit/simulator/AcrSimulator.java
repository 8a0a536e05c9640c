package io.acrcredential.operator.testkit.simulator;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The ACR OpenAPI on loopback, one port per region as the real one has one host per region. All
 * changes take effect at the next call; faults and latency are safe to change while calls run.
 */
public final class AcrSimulator implements AutoCloseable {

  private final World world = new World();
  private final CallLog log = new CallLog();
  private final Gateway gateway = new Gateway(world);
  private final Map<String, RegionListener> listeners = new ConcurrentHashMap<>();

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
      listeners.computeIfAbsent(region, name -> new RegionListener(name, world, gateway, log));
    }
  }

  /** The operator's settings, {@code ACR_ENDPOINT_REGISTRY_<REGION>} for each region. */
  public Map<String, String> environment() {
    var environment = new TreeMap<String, String>();
    listeners.forEach(
        (region, listener) ->
            environment.put(
                "ACR_ENDPOINT_REGISTRY_" + region.toUpperCase(Locale.ROOT).replace('-', '_'),
                listener.endpoint().toString()));
    return environment;
  }

  public URI endpoint(String region) {
    return World.known(listeners, region).endpoint();
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

  /** Takes an action such as {@code cr:GetAuthorizationToken} from an account's RAM user. */
  public void denyAction(String accountUid, String action) {
    world.account(accountUid).deny(action);
  }

  public void allowAction(String accountUid, String action) {
    world.account(accountUid).allow(action);
  }

  public boolean allows(String accountUid, String action) {
    return world.account(accountUid).allows(action);
  }

  public void deleteInstance(String instanceId) {
    world.instances.remove(instanceId);
  }

  /** The region of an Enterprise Edition instance. */
  public String regionOf(String instanceId) {
    return world.instance(instanceId).region();
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
  public Optional<IssuedToken> token(String username, String password) {
    return world.tokens.find(username, password, world.now());
  }

  /** {@code instanceId} is empty for the Personal Edition. */
  public boolean tokenValid(String username, String password, String instanceId) {
    return token(username, password)
        .filter(token -> token.instanceId().equals(instanceId))
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
  }
}
