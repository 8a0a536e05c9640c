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
  private static final Duration KEEP = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofMinutes(5);

  private final Resolver resolver = new Resolver();
  private final ThreadPoolExecutor threads = Lookups.threads();
  private final AtomicLong nanos = new AtomicLong();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  private Lookups lookups(Duration patience, Duration headStart) {
    return new Lookups(resolver, threads, patience, headStart, KEEP, nanos::get);
  }

  private static List<String> got(Lookups lookups, String host) {
    try {
      return lookups.all(host).toCompletableFuture().get(30, TimeUnit.SECONDS).stream()
          .map(InetAddress::getHostAddress)
          .toList();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static LookupException refused(Lookups lookups, String host) {
    try {
      throw new AssertionError(
          lookups.all(host).toCompletableFuture().get(30, TimeUnit.SECONDS).toString());
    } catch (ExecutionException e) {
      return (LookupException) e.getCause();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSilentServerIsToldInTime() {
    // given
    Lookups lookups = lookups(Duration.ofSeconds(1), LONG);

    // when
    LookupException e = refused(lookups, HOST);

    // then
    assertThat(e.kind()).isEqualTo(Kind.NO_ANSWER);
    assertThat(e.host()).isEqualTo(HOST);
    assertThat(e).hasMessage("DNS did not answer within 1 s for the name " + HOST);
  }

  @Test
  void anAnswerThatComesLateIsThereForTheNextCaller() {
    // given
    Lookups lookups = lookups(SHORT, LONG);
    refused(lookups, HOST);

    // when
    resolver.answer(HOST, "10.0.0.1");
    await().untilAsserted(() -> assertThat(got(lookups, HOST)).containsExactly("10.0.0.1"));

    // then
    assertThat(resolver.asked).containsExactly(HOST);
  }

  @Test
  void whoAsksMeanwhileWaitsForTheSameLookUp() throws Exception {
    // given
    Lookups lookups = lookups(LONG, LONG);
    List<CompletableFuture<List<InetAddress>>> callers = new ArrayList<>();

    // when
    for (int i = 0; i < 500; i++) {
      callers.add(lookups.all(HOST).toCompletableFuture());
    }
    resolver.answer(HOST, "10.0.0.1");

    // then
    for (CompletableFuture<List<InetAddress>> caller : callers) {
      assertThat(caller.get(30, TimeUnit.SECONDS)).hasSize(1);
    }
    assertThat(resolver.asked).containsExactly(HOST);
  }

  /** As with a first server that is silent, three search domains and a second that is fine. */
  @Test
  void theAbsoluteNameOvertakesSlowSearchDomains() {
    // given
    resolver.answer(ABSOLUTE, "10.0.0.1");

    // when, then
    assertThat(got(lookups(LONG, SHORT), HOST)).containsExactly("10.0.0.1");
    assertThat(resolver.asked).containsExactly(HOST, ABSOLUTE);
  }

  @Test
  void theSearchDomainsHaveTheLastWordOfAnUnknownName() throws Exception {
    // given
    Lookups lookups = lookups(LONG, SHORT);
    resolver.fail(ABSOLUTE, "Name or service not known");

    // when
    CompletableFuture<List<InetAddress>> found = lookups.all(HOST).toCompletableFuture();
    await().until(() -> resolver.asked.contains(ABSOLUTE));
    resolver.answer(HOST, "10.0.0.1");

    // then
    assertThat(found.get(30, TimeUnit.SECONDS)).hasSize(1);
  }

  @Test
  void aSilentNameKeepsTwoThreadsHoweverOftenItIsAskedFor() {
    // given
    Lookups lookups = lookups(SHORT, Duration.ofMillis(1));
    refused(lookups, HOST);
    await().until(() -> resolver.asked.size() == 2);

    // when
    for (int i = 0; i < 10; i++) {
      refused(lookups, HOST);
    }

    // then
    assertThat(resolver.asked).containsExactly(HOST, ABSOLUTE);
  }

  @Test
  void aSilentNameDelaysNoOther() {
    // given
    Lookups lookups = lookups(LONG, LONG);
    CompletableFuture<?> silent = lookups.all(HOST).toCompletableFuture();
    resolver.answer("sts.example.com", "10.0.0.2");

    // when, then
    assertThat(got(lookups, "sts.example.com")).containsExactly("10.0.0.2");
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
  })
  void whatTheSystemSaysIsToldApart(String said, Kind kind) {
    // given
    resolver.fail(HOST, said);

    // when
    LookupException e = refused(lookups(LONG, LONG), HOST);

    // then
    assertThat(e.kind()).isEqualTo(kind);
    assertThat(e).hasMessageContaining(HOST);
  }

  @Test
  void aFailureIsNotKept() {
    // given
    Lookups lookups = lookups(LONG, LONG);
    resolver.fail(HOST, "Temporary failure in name resolution");
    refused(lookups, HOST);

    // when
    resolver.answer(HOST, "10.0.0.1");

    // then
    assertThat(got(lookups, HOST)).containsExactly("10.0.0.1");
  }

  /** It keeps one for 10 s; what it says then is the name alone. */
  @Test
  void aFailureThatTheJdkKeepsIsNotBelieved() {
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
            KEEP,
            nanos::get);

    // when
    List<Kind> said = List.of(refused(lookups, HOST).kind(), refused(lookups, HOST).kind());

    // then
    assertThat(said).containsOnly(Kind.FAILED);
    assertThat(spellings).hasSize(4).allMatch(HOST::equalsIgnoreCase);
    assertThat(Set.copyOf(spellings)).as("none of the others is kept yet").hasSize(3);
  }

  @Test
  void anotherAddressIsSeenWhenTheFirstHasBeenKeptLongEnough() {
    // given
    Lookups lookups = lookups(LONG, LONG);
    resolver.answer(HOST, "10.0.0.1");
    got(lookups, HOST);
    resolver.answer(HOST, "10.0.0.2");

    // when, then
    nanos.addAndGet(KEEP.toNanos() - 1);
    assertThat(got(lookups, HOST)).containsExactly("10.0.0.1");
    nanos.addAndGet(1);
    assertThat(got(lookups, HOST)).containsExactly("10.0.0.2");
  }

  @Test
  void aResolverThatFlapsIsBelievedEachTime() {
    // given
    Lookups lookups = lookups(LONG, LONG);

    // when, then
    for (int i = 0; i < 3; i++) {
      resolver.fail(HOST, "Temporary failure in name resolution");
      assertThat(refused(lookups, HOST).kind()).isEqualTo(Kind.FAILED);
      resolver.answer(HOST, "10.0.0." + i);
      assertThat(got(lookups, HOST)).containsExactly("10.0.0." + i);
      nanos.addAndGet(KEEP.toNanos());
    }
  }

  @Test
  void aSourceThatThrowsSomethingElseLosesNoCaller() {
    // given
    Lookups lookups =
        new Lookups(
            name -> {
              throw new IllegalStateException(name);
            },
            threads,
            LONG,
            LONG,
            KEEP,
            nanos::get);

    // when, then
    assertThat(refused(lookups, HOST).kind()).isEqualTo(Kind.FAILED);
  }

  @Test
  void threadsAreBounded() {
    // given
    Lookups lookups = lookups(LONG, SHORT);

    // when
    for (int i = 0; i < 500; i++) {
      lookups.all("host" + i + ".example.com");
    }

    // then
    await().until(() -> resolver.running.size() == 64);
    assertThat(threads.getPoolSize()).isEqualTo(64);
  }

  /** Silent until told what to say. */
  private static final class Resolver implements Lookups.Source {

    final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> running = new ConcurrentLinkedQueue<>();
    private final Map<String, Object> said = new ConcurrentHashMap<>();

    void answer(String name, String address) {
      said.put(name, address);
      wake();
    }

    void fail(String name, String message) {
      said.put(name, new UnknownHostException(message));
      wake();
    }

    private synchronized void wake() {
      notifyAll();
    }

    @Override
    public synchronized InetAddress[] all(String name) throws UnknownHostException {
      asked.add(name);
      running.add(name);
      try {
        while (!said.containsKey(name)) {
          wait();
        }
      } catch (InterruptedException e) {
        throw new UnknownHostException(name);
      } finally {
        running.remove(name);
      }
      if (said.get(name) instanceof UnknownHostException e) {
        throw e;
      }
      return new InetAddress[] {InetAddress.getByName((String) said.get(name))};
    }
  }
}
