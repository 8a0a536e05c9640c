// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.acrcredential.operator.kubernetes.WriteFence.NotLeadingException;
import io.acrcredential.operator.leader.FakeLease.Fault;
import io.acrcredential.operator.testkit.Awaits;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaderElectionTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final FakeLease lease = new FakeLease();
  private final Simulation simulation = new Simulation();

  @Test
  void renewsEveryTwoSecondsWithoutReading() {
    // given
    Replica leader = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(4));
    int reads = leader.connection.reads;
    int writes = leader.connection.writes;

    // when
    simulation.pass(Duration.ofSeconds(30));

    // then
    assertThat(leader.connection.reads).isEqualTo(reads);
    assertThat(leader.connection.writes - writes).isEqualTo(15);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 60, -60, 480, -480})
  void takesOverFromAKilledLeaderWithin15SecondsWhateverItsClock(long minutesOfSkew) {
    // given
    Replica leader = simulation.replica("a", Duration.ofMinutes(minutesOfSkew));
    simulation.pass(Duration.ofMillis(1_500));
    Replica standby = simulation.replica("b", Duration.ZERO);
    simulation.pass(Duration.ofMinutes(1));
    assertThat(leader.mayWrite()).isTrue();

    // when
    simulation.kill(leader);
    Duration took = simulation.until(standby::mayWrite);

    // then
    assertThat(took).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(15));
  }

  @ParameterizedTest
  @ValueSource(longs = {60, -60, 480, -480})
  void leavesTheLeaseToALeaderThatRenewsWhateverItsClock(long minutesOfSkew) {
    // given
    Replica leader = simulation.replica("a", Duration.ofMinutes(minutesOfSkew));
    simulation.pass(Duration.ofSeconds(1));
    Replica standby = simulation.replica("b", Duration.ZERO);

    // when
    simulation.pass(Duration.ofMinutes(10));

    // then
    assertThat(leader.terms).isEqualTo(1);
    assertThat(standby.terms).isZero();
  }

  @Test
  void leadsWithinThreeSecondsAfterARelease() {
    // given
    Replica leader = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(1));
    Replica standby = simulation.replica("b", Duration.ofHours(-1));
    simulation.pass(Duration.ofSeconds(30));

    // when
    simulation.kill(leader);
    leader.election.close();
    Duration took = simulation.until(standby::mayWrite);

    // then
    assertThat(took).isLessThan(Duration.ofSeconds(3));
  }

  @ParameterizedTest
  @CsvSource({
    "'',  10, 2026-01-01T00:00:00.000000Z",
    "old,  0, 2026-01-01T00:00:00.000000Z",
    "old, 10, ''"
  })
  void takesALeaseThatLacksAField(String holder, long seconds, String renewTime) {
    // given
    lease.put(new LeaseRecord("", holder, seconds, "", renewTime, 0));
    Replica replica = simulation.replica("a", Duration.ZERO);

    // when
    simulation.pass(Duration.ofMillis(100));

    // then
    assertThat(replica.mayWrite()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"UNAVAILABLE", "LOST_REQUEST", "LOST_RESPONSE"})
  void stopsBeforeTheLeaseExpiresAndLeadsAgainInTheSameProcess(Fault fault) {
    // given
    Replica replica = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(5));

    // when
    replica.connection.fault = fault;
    long start = simulation.now;
    simulation.until(() -> replica.listenerStops == 1);

    // then
    assertThat(Duration.ofNanos(replica.stoppedAt - start))
        .isLessThan(LeaderElection.LEASE_DURATION);
    assertThat(replica.mayWrite()).isFalse();
    assertThat(replica.overdue)
        .as("from the end of the permission to the call")
        .isLessThanOrEqualTo(Duration.ofSeconds(1));

    // when
    simulation.pass(Duration.ofMinutes(20));
    replica.connection.fault = Fault.NONE;
    Duration again = simulation.until(replica::mayWrite);

    // then
    assertThat(again).isLessThan(Duration.ofSeconds(5));
    assertThat(replica.terms).isEqualTo(2);
  }

  @Test
  void stopsAtTheNextRenewalIfAnotherHoldsTheLease() {
    // given
    Replica replica = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(5));

    // when
    lease.put(LeaseRecord.heldBy("thief", Duration.ofSeconds(20), lease.stored, START));
    Duration stopped = simulation.until(() -> replica.listenerStops == 1);

    // then
    assertThat(stopped).isLessThanOrEqualTo(LeaderElection.PERIOD);
    assertThat(replica.reason).contains("thief");
    assertThatThrownBy(() -> replica.election.permit("Secret", "patch"))
        .isInstanceOf(NotLeadingException.class);

    // when the thief has not renewed it
    Duration again = simulation.until(replica::mayWrite);

    // then
    assertThat(again).isBetween(Duration.ofSeconds(18), Duration.ofSeconds(25));
  }

  @Test
  void keepsTheLeaseWhenAnotherClientOnlyChangesIt() {
    // given
    Replica replica = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(5));

    // when an annotation is set
    lease.put(lease.stored);
    simulation.pass(Duration.ofSeconds(30));

    // then
    assertThat(replica.terms).isEqualTo(1);
    assertThat(replica.mayWrite()).isTrue();
  }

  @Test
  void waitsForTheHolderOfALeaseThatSomebodyDeleted() {
    // given
    Replica leader = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofMillis(500));
    Replica standby = simulation.replica("b", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(5));

    // when
    lease.stored = null;
    simulation.pass(Duration.ofMinutes(1));

    // then
    assertThat(leader.terms).isEqualTo(1);
    assertThat(standby.terms).isZero();
    assertThat(leader.mayWrite()).isTrue();
  }

  @Test
  void reportsWhyItIsStandbyDuringCleanup() {
    // given
    lease.put(LeaseRecord.heldBy("cleanup-1", LeaseRecord.CLEANUP_RETENTION, null, START));

    // when
    Replica replica = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofMinutes(4));

    // then
    assertThat(replica.election.standbyReason().orElse(""))
        .contains("cleanup-1", "acr/acr-credential-operator", "5 minutes");

    // when
    lease.stored = null;
    Duration took = simulation.until(replica::mayWrite);

    // then
    assertThat(took).as("as the message says").isLessThan(Duration.ofSeconds(3));
    assertThat(replica.election.standbyReason()).isEmpty();
  }

  @Test
  void isReadyAsStandbyOnlyWhileAnotherLeads() {
    // given
    Replica leader = simulation.replica("a", Duration.ZERO);
    assertThat(leader.election.isReadable()).as("before the first answer").isFalse();
    simulation.pass(Duration.ofSeconds(1));
    Replica standby = simulation.replica("b", Duration.ZERO);
    assertThat(standby.election.isStandby()).as("before the first answer").isFalse();

    // when
    simulation.pass(Duration.ofSeconds(3));

    // then
    assertThat(standby.election.isStandby()).isTrue();
    assertThat(standby.election.isReadable()).isTrue();
    assertThat(leader.election.isStandby()).isFalse();

    // when
    standby.connection.fault = Fault.UNAVAILABLE;
    simulation.pass(Duration.ofSeconds(25));
    assertThat(standby.election.isReadable()).isTrue();
    simulation.pass(Duration.ofSeconds(10));

    // then
    assertThat(standby.election.isReadable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reportsLostTrustAfter60SecondsOfNothingElse(boolean leads) {
    // given
    Replica replica = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(leads ? 5 : 0));

    // when
    replica.connection.failure = new KubernetesClientException("no", 401, null);
    simulation.pass(Duration.ofSeconds(50));
    replica.connection.failure = new KubernetesClientException("no", 503, null);
    simulation.pass(Duration.ofSeconds(3));
    replica.connection.failure =
        new KubernetesClientException(
            "no",
            new SSLHandshakeException("PKIX").initCause(new CertificateException("unknown CA")));
    simulation.pass(Duration.ofSeconds(55));

    // then
    assertThat(replica.trustLost).as("a 503 was in between").isZero();

    // when
    simulation.pass(Duration.ofSeconds(10));

    // then
    assertThat(replica.trustLost).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsTrustInAnApiServerThatAnswersInBetween(boolean leads) {
    // given
    Replica replica = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(leads ? 5 : 0));

    // when
    for (int round = 0; round < 3; round++) {
      replica.connection.failure = new KubernetesClientException("no", 401, null);
      simulation.pass(Duration.ofSeconds(50));
      replica.connection.failure = null;
      simulation.pass(Duration.ofSeconds(3));
    }

    // then
    assertThat(replica.trustLost).isZero();
  }

  @Test
  void reportsAWriteThatIsRefusedAgainAndAgain() {
    // given an admission policy, which refuses with the status code of a conflict
    Replica replica = simulation.replica("a", Duration.ZERO);
    replica.connection.writeFailure = new KubernetesClientException("no", 422, null);

    // when
    simulation.pass(Duration.ofSeconds(10));

    // then
    assertThat(replica.election.failure()).contains("HTTP status 422");
    assertThat(replica.election.isStandby()).isFalse();

    // when
    replica.connection.writeFailure = null;
    simulation.pass(Duration.ofSeconds(5));

    // then
    assertThat(replica.election.failure()).isEmpty();
    assertThat(replica.mayWrite()).isTrue();
  }

  @Test
  void doesNotRepeatARefusedRenewalWithoutAPause() {
    // given
    Replica replica = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(5));
    int writes = replica.connection.writes;

    // when
    replica.connection.writeFailure = new KubernetesClientException("no", 422, null);
    simulation.pass(Duration.ofSeconds(5));

    // then
    assertThat(replica.connection.writes - writes).isLessThan(12);
    assertThat(replica.election.failure()).isPresent();
  }

  @Test
  void keepsTrustInAnApiServerThatBreaksOffHandshakes() {
    // given
    Replica replica = simulation.replica("a", Duration.ZERO);

    // when
    replica.connection.failure =
        new KubernetesClientException("no", new SSLHandshakeException("Connection closed"));
    simulation.pass(Duration.ofMinutes(10));

    // then
    assertThat(replica.trustLost).isZero();
  }

  @Test
  void reportsARestoredStoreToLeaderAndStandby() {
    // given
    Replica leader = simulation.replica("a", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(1));
    Replica standby = simulation.replica("b", Duration.ZERO);
    simulation.pass(Duration.ofSeconds(10));
    LeaseRecord snapshot = lease.stored;
    simulation.pass(Duration.ofMinutes(5));

    // when
    lease.restore(snapshot);
    simulation.pass(Duration.ofSeconds(10));

    // then
    assertThat(leader.restores).isEqualTo(1);
    assertThat(standby.restores).isEqualTo(1);
    assertThat(leader.terms).as("the snapshot has it as holder").isEqualTo(1);
  }

  /** Random faults, latencies, skews, pauses, kills and restarts; 10 minutes each. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void neverPermitsTwoWriters(int block) {
    for (int seed = block * 10; seed < block * 10 + 10; seed++) {
      // given
      Random random = new Random(seed);
      lease.stored = null;
      Simulation many = new Simulation();
      for (String name : List.of("a", "b", "c")) {
        many.replica(name, Duration.ofMinutes(random.nextInt(-600, 600)));
        many.pass(Duration.ofMillis(random.nextInt(3_000)));
      }

      // when
      for (int i = 0; i < 120; i++) {
        Replica one = many.replicas.get(random.nextInt(many.replicas.size()));
        Fault[] faults = Fault.values();
        one.connection.fault =
            random.nextBoolean() ? Fault.NONE : faults[random.nextInt(faults.length)];
        one.connection.latency = Duration.ofMillis(random.nextInt(1_500));
        switch (random.nextInt(10)) {
          case 0 -> {
            many.kill(one);
            many.replica("new-" + i, Duration.ofMinutes(random.nextInt(-600, 600)));
          }
          case 1 -> one.pausedUntil = many.now + random.nextLong(20_000_000_000L);
          default -> {
            // the faults of the connection are enough
          }
        }
        many.pass(Duration.ofMillis(random.nextInt(10_000)));
        many.replicas.forEach(replica -> replica.pausedUntil = 0);
      }

      // then
      assertThat(many.twoWriters).as("seed %d", seed).isEmpty();
      many.replicas.forEach(replica -> replica.connection.heal());
      Simulation healed = many;
      many.until(() -> healed.replicas.stream().anyMatch(Replica::mayWrite));
      assertThat(many.twoWriters).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void itsThreadSurvivesEveryFailure() {
    // given
    FakeLease.Connection connection = lease.connection(time -> {});
    connection.failure = new IllegalStateException("a defect");
    LeaderElection election =
        new LeaderElection(
            connection, "acr", "a", Clock.systemUTC(), System::nanoTime, new SimpleMeterRegistry());
    int[] starts = {0};
    LeadershipListener listener =
        new LeadershipListener() {
          @Override
          public void onStartedLeading() {
            starts[0]++;
            throw new IllegalStateException("a defect of the listener");
          }

          @Override
          public void onStoppedLeading(String reason) {}

          @Override
          public void onTrustLost(String reason) {}

          @Override
          public void onStoreRestored() {}
        };

    // when
    election.start(listener);
    Awaits.soon().until(() -> connection.reads > 1);
    connection.failure = null;

    // then
    Awaits.soon().until(election::isLeading);
    Awaits.soon().until(() -> connection.writes > 1);
    assertThat(starts[0]).isEqualTo(1);
    election.close();
    assertThat(lease.stored.holder()).as("released").isEmpty();
  }

  /** One process. */
  private final class Replica implements LeadershipListener {
    final FakeLease.Connection connection;
    final LeaderElection election;
    private final Simulation time;
    long nextStep;
    long pausedUntil;
    long permittedUntil;
    boolean busy;
    boolean dead;
    int terms;
    int listenerStops;
    int trustLost;
    int restores;
    long stoppedAt;
    String reason;
    Duration overdue;

    Replica(String name, Duration skew, Simulation time) {
      this.time = time;
      this.nextStep = time.now;
      this.connection = lease.connection(time::pass);
      Clock clock =
          new Clock() {
            @Override
            public Instant instant() {
              return START.plus(skew).plusNanos(time.now);
            }

            @Override
            public java.time.ZoneId getZone() {
              return java.time.ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
              throw new UnsupportedOperationException();
            }
          };
      this.election =
          new LeaderElection(
              connection, "acr", name, clock, () -> time.now, new SimpleMeterRegistry());
      election.listen(this);
    }

    boolean mayWrite() {
      try {
        election.check();
        return true;
      } catch (NotLeadingException e) {
        return false;
      }
    }

    @Override
    public void onStartedLeading() {
      terms++;
    }

    @Override
    public void onStoppedLeading(String why) {
      listenerStops++;
      stoppedAt = time.now;
      reason = why;
      overdue = Duration.ofNanos(time.now - permittedUntil);
    }

    @Override
    public void onTrustLost(String why) {
      trustLost++;
    }

    @Override
    public void onStoreRestored() {
      restores++;
    }
  }

  /**
   * The replicas on one monotonic clock. While one waits for the API server, the others go on.
   * Whoever may write is sampled all the time, even in a paused or killed process, whose last write
   * may be on its way.
   */
  private final class Simulation {
    private static final long SAMPLE = 100_000_000L;

    final List<Replica> replicas = new ArrayList<>();
    final List<String> twoWriters = new ArrayList<>();
    long now;

    Replica replica(String name, Duration skew) {
      Replica replica = new Replica(name, skew, this);
      replicas.add(replica);
      return replica;
    }

    void kill(Replica replica) {
      replica.dead = true;
    }

    void pass(Duration time) {
      long end = now + time.toNanos();
      while (now < end) {
        Replica next = null;
        for (Replica replica : replicas) {
          if (!replica.dead && !replica.busy && (next == null || at(replica) < at(next))) {
            next = replica;
          }
        }
        long nextStep = next == null ? Long.MAX_VALUE : Math.max(now, at(next));
        if (nextStep > now) {
          now = Math.min(Math.min(end, nextStep), now + SAMPLE);
          sample();
        } else {
          step(next);
        }
      }
    }

    private static long at(Replica replica) {
      return Math.max(replica.nextStep, replica.pausedUntil);
    }

    private void step(Replica replica) {
      replica.busy = true;
      Duration wait = replica.election.step();
      replica.nextStep = now + Math.max(1, wait.toNanos());
      replica.busy = false;
      sample();
    }

    private void sample() {
      List<Replica> writers = replicas.stream().filter(Replica::mayWrite).toList();
      writers.forEach(replica -> replica.permittedUntil = now);
      if (writers.size() > 1) {
        twoWriters.add("at " + Duration.ofNanos(now));
      }
    }

    Duration until(java.util.function.BooleanSupplier condition) {
      long start = now;
      while (!condition.getAsBoolean()) {
        assertThat(Duration.ofNanos(now - start)).isLessThan(Duration.ofMinutes(2));
        pass(Duration.ofMillis(100));
      }
      return Duration.ofNanos(now - start);
    }
  }
}
