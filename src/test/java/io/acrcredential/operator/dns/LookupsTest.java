// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.acrcredential.operator.dns.LookupException.Kind;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookupsTest {

  private static final String HOST = "cr.example.com";
  private static final String ABSOLUTE = HOST + ".";
  private static final Duration CACHE_TTL = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Resolver resolver = new Resolver();
  private final ThreadPoolExecutor threads = Lookups.threads();
  private final AtomicLong nanos = new AtomicLong();

  @AfterEach
  void close() throws InterruptedException {
    resolver.answerEverything();
    threads.shutdown();
    assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
  }

  private Lookups lookups(Duration timeout, Duration absoluteNameDelay) {
    return new Lookups(resolver, threads, timeout, absoluteNameDelay, CACHE_TTL, nanos::get);
  }

  private static List<String> resolved(Lookups lookups, String host) {
    try {
      return lookups.resolve(host).toCompletableFuture().get(30, TimeUnit.SECONDS).stream()
          .map(InetAddress::getHostAddress)
          .toList();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static LookupException failed(Lookups lookups, String host) {
    try {
      throw new AssertionError(
          lookups.resolve(host).toCompletableFuture().get(30, TimeUnit.SECONDS).toString());
    } catch (ExecutionException e) {
      return (LookupException) e.getCause();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void failsInTimeIfDnsDoesNotAnswer() {
    // given
    Lookups lookups = lookups(Duration.ofSeconds(1), LONG);

    // when
    LookupException e = failed(lookups, HOST);

    // then
    assertThat(e.kind()).isEqualTo(Kind.NO_ANSWER);
    assertThat(e.host()).isEqualTo(HOST);
    assertThat(e).hasMessage("DNS did not answer within 1 s for the name " + HOST);
  }

  @Test
  void cachesALateAnswerForTheNextCaller() {
    // given
    Lookups lookups = lookups(SHORT, LONG);
    failed(lookups, HOST);

    // when
    resolver.answer(HOST, "10.0.0.1");
    await().untilAsserted(() -> assertThat(resolved(lookups, HOST)).containsExactly("10.0.0.1"));

    // then
    assertThat(resolver.queries).containsExactly(HOST);
  }

  @Test
  void sharesALookupAmongCallers() throws Exception {
    // given
    Lookups lookups = lookups(LONG, LONG);
    List<CompletableFuture<List<InetAddress>>> callers = new ArrayList<>();

    // when
    for (int i = 0; i < 500; i++) {
      callers.add(lookups.resolve(HOST).toCompletableFuture());
    }
    resolver.answer(HOST, "10.0.0.1");

    // then
    for (CompletableFuture<List<InetAddress>> caller : callers) {
      assertThat(caller.get(30, TimeUnit.SECONDS)).hasSize(1);
    }
    assertThat(resolver.queries).containsExactly(HOST);
  }

  /** For example with a silent first server, three search domains and a working second server. */
  @Test
  void usesTheAbsoluteNameIfSearchDomainsAreSlow() {
    // given
    resolver.answer(ABSOLUTE, "10.0.0.1");

    // when, then
    assertThat(resolved(lookups(LONG, SHORT), HOST)).containsExactly("10.0.0.1");
    await().until(() -> resolver.queries.size() == 2);
    assertThat(resolver.queries).containsExactlyInAnyOrder(HOST, ABSOLUTE);
  }

  @Test
  void waitsForSearchDomainsIfTheAbsoluteNameIsUnknown() throws Exception {
    // given
    Lookups lookups = lookups(LONG, SHORT);
    resolver.fail(ABSOLUTE, "Name or service not known");

    // when
    CompletableFuture<List<InetAddress>> found = lookups.resolve(HOST).toCompletableFuture();
    await().until(() -> resolver.queries.contains(ABSOLUTE));
    resolver.answer(HOST, "10.0.0.1");

    // then
    assertThat(found.get(30, TimeUnit.SECONDS)).hasSize(1);
  }

  @Test
  void usesTwoThreadsForASilentName() {
    // given
    Lookups lookups = lookups(SHORT, Duration.ofMillis(1));
    failed(lookups, HOST);
    await().until(() -> resolver.queries.size() == 2);

    // when
    for (int i = 0; i < 10; i++) {
      failed(lookups, HOST);
    }

    // then
    assertThat(resolver.queries).containsExactlyInAnyOrder(HOST, ABSOLUTE);
  }

  @Test
  void resolvesOtherNamesBesideASilentOne() {
    // given
    Lookups lookups = lookups(LONG, LONG);
    CompletableFuture<?> silent = lookups.resolve(HOST).toCompletableFuture();
    resolver.answer("sts.example.com", "10.0.0.2");

    // when, then
    assertThat(resolved(lookups, "sts.example.com")).containsExactly("10.0.0.2");
    assertThat(silent).isNotDone();
  }

  @ParameterizedTest
  @CsvSource({
    "cr.example.com: Name or service not known,            UNKNOWN",
    "cr.example.com: No address associated with hostname,  UNKNOWN",
    "cr.example.com: Name does not resolve,                UNKNOWN",
    "cr.example.com: Name has no usable address,           UNKNOWN",
    "cr.example.com: Temporary failure in name resolution, FAILED",
    "cr.example.com: Try again,                            FAILED",
    "cr.example.com: Non-recoverable failure in name resolution, FAILED",
    "cr.example.com: Non-recoverable error,                FAILED",
    "cr.example.com: Unknown error,                        FAILED",
  })
  void classifiesErrorsOfTheSystem(String answers, Kind kind) {
    // given
    resolver.fail(HOST, answers);

    // when
    LookupException e = failed(lookups(LONG, LONG), HOST);

    // then
    assertThat(e.kind()).isEqualTo(kind);
    assertThat(e).hasMessageContaining(HOST);
  }

  @Test
  void doesNotCacheFailures() {
    // given
    Lookups lookups = lookups(LONG, LONG);
    resolver.fail(HOST, "Temporary failure in name resolution");
    failed(lookups, HOST);

    // when
    resolver.answer(HOST, "10.0.0.1");

    // then
    assertThat(resolved(lookups, HOST)).containsExactly("10.0.0.1");
  }

  /** The JDK caches a failure for 10 s; the message of a cached failure is the name alone. */
  @Test
  void bypassesFailuresCachedByTheJdk() {
    // given
    List<String> spellings = new CopyOnWriteArrayList<>();
    Lookups lookups =
        new Lookups(
            name -> {
              spellings.add(name);
              if (name.equals(HOST)) {
                throw new UnknownHostException(HOST);
              }
              throw new UnknownHostException(name + ": Temporary failure in name resolution");
            },
            threads,
            LONG,
            LONG,
            CACHE_TTL,
            nanos::get);

    // when
    List<Kind> answers = List.of(failed(lookups, HOST).kind(), failed(lookups, HOST).kind());

    // then
    assertThat(answers).containsOnly(Kind.FAILED);
    assertThat(spellings).hasSize(4).allMatch(HOST::equalsIgnoreCase);
    assertThat(Set.copyOf(spellings)).as("the other spellings are not cached yet").hasSize(3);
  }

  @Test
  void resolvesAgainAfterTheCacheTtl() {
    // given
    Lookups lookups = lookups(LONG, LONG);
    resolver.answer(HOST, "10.0.0.1");
    resolved(lookups, HOST);
    resolver.answer(HOST, "10.0.0.2");

    // when, then
    nanos.addAndGet(CACHE_TTL.toNanos() - 1);
    assertThat(resolved(lookups, HOST)).containsExactly("10.0.0.1");
    nanos.addAndGet(1);
    assertThat(resolved(lookups, HOST)).containsExactly("10.0.0.2");
  }

  @Test
  void followsAFlappingResolver() {
    // given
    Lookups lookups = lookups(LONG, LONG);

    // when, then
    for (int i = 0; i < 3; i++) {
      resolver.fail(HOST, "Temporary failure in name resolution");
      assertThat(failed(lookups, HOST).kind()).isEqualTo(Kind.FAILED);
      resolver.answer(HOST, "10.0.0." + i);
      assertThat(resolved(lookups, HOST)).containsExactly("10.0.0." + i);
      nanos.addAndGet(CACHE_TTL.toNanos());
    }
  }

  @Test
  void failsCallersAfterAnUnexpectedException() {
    // given
    Lookups lookups =
        new Lookups(
            name -> {
              throw new IllegalStateException(name);
            },
            threads,
            LONG,
            LONG,
            CACHE_TTL,
            nanos::get);

    // when, then
    assertThat(failed(lookups, HOST).kind()).isEqualTo(Kind.FAILED);
  }

  @Test
  void boundsItsThreads() {
    // given
    Lookups lookups = lookups(LONG, SHORT);

    // when
    for (int i = 0; i < 500; i++) {
      lookups.resolve("host" + i + ".example.com");
    }

    // then
    await().until(() -> resolver.running.size() == 64);
    assertThat(threads.getPoolSize()).isEqualTo(64);
  }

  /** Does not answer a name before its answer is set. */
  private static final class Resolver implements SystemResolver {

    final ConcurrentLinkedQueue<String> queries = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> running = new ConcurrentLinkedQueue<>();
    private final Map<String, Object> answers = new ConcurrentHashMap<>();
    private volatile boolean answersEverything;

    void answer(String name, String address) {
      answers.put(name, address);
      wake();
    }

    void fail(String name, String message) {
      answers.put(name, new UnknownHostException(message));
      wake();
    }

    /** Ends all lookups, or they would log their timeouts during later tests. */
    void answerEverything() {
      answersEverything = true;
      wake();
    }

    private synchronized void wake() {
      notifyAll();
    }

    @Override
    public synchronized InetAddress[] resolve(String name) throws UnknownHostException {
      queries.add(name);
      running.add(name);
      try {
        while (!answers.containsKey(name) && !answersEverything) {
          wait();
        }
      } catch (InterruptedException e) {
        throw new UnknownHostException(name);
      } finally {
        running.remove(name);
      }
      if (answers.get(name) instanceof UnknownHostException e) {
        throw e;
      }
      String address = (String) answers.getOrDefault(name, "10.0.0.9");
      return new InetAddress[] {InetAddress.getByName(address)};
    }
  }
}
