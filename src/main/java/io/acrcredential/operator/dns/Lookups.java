package io.acrcredential.operator.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Looks names up by the system's resolver, which follows {@code /etc/hosts} and {@code
 * /etc/resolv.conf} and blocks: on threads of its own, so that nobody but who needs the name waits
 * for it. A caller waits {@link #PATIENCE} at most; the look-up goes on, and its answer is kept for
 * the next caller.
 *
 * <p>A look-up that is slow is followed by a second one of the absolute name ({@code
 * cr.example.com.}). The first asks for every search domain before it, and with {@code ndots:5},
 * three search domains and a first server that is silent that takes 20 s.
 */
public final class Lookups {

  private static final Logger LOG = Logger.getLogger(Lookups.class);

  /** The system's resolver asks the second server after 5 s, unless {@code timeout:1} is set. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /**
   * Until the absolute name is asked for too. Each of the two is sent again every 5 s, so that one
   * of them is within 3 s after DNS is back.
   */
  private static final Duration HEAD_START = Duration.ofSeconds(2);

  /** Longer than the wait until the next try of a caller that gave up. */
  private static final Duration KEEP = Duration.ofSeconds(10);

  /** Two for each of the hosts of ten regions, and more for the first look-up of a name. */
  private static final int THREADS = 64;

  /** For every client of the process. */
  static final Lookups SYSTEM =
      new Lookups(
          InetAddress::getAllByName, threads(), PATIENCE, HEAD_START, KEEP, System::nanoTime);

  /** Asks the system, and blocks until it answers. */
  @FunctionalInterface
  interface Source {
    InetAddress[] all(String name) throws UnknownHostException;
  }

  /** Those who wait for a name that is being looked up. */
  private static final class Asked {
    final CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
  }

  private record Kept(List<InetAddress> addresses, long sinceNanos) {}

  private final Source source;
  private final ThreadPoolExecutor threads;
  private final Duration patience;
  private final Duration headStart;
  private final Duration keep;
  private final LongSupplier nanoTime;

  private final AtomicInteger respellings = new AtomicInteger();

  private final Map<String, Asked> asked = new HashMap<>();
  private final Map<String, Kept> answers = new HashMap<>();

  /** As spelled: the JDK makes a second look-up of the same spelling wait for the first. */
  private final Set<String> running = new HashSet<>();

  /** What the log was told of a host, until it has an address again. */
  private final Map<String, LookupException.Kind> told = new HashMap<>();

  Lookups(
      Source source,
      ThreadPoolExecutor threads,
      Duration patience,
      Duration headStart,
      Duration keep,
      LongSupplier nanoTime) {
    this.source = source;
    this.threads = threads;
    this.patience = patience;
    this.headStart = headStart;
    this.keep = keep;
    this.nanoTime = nanoTime;
  }

  static ThreadPoolExecutor threads() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "dns");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * The host's addresses, in the system's order. Never blocks.
   *
   * @return fails with a {@link LookupException}, after {@link #PATIENCE} at the latest
   */
  CompletionStage<List<InetAddress>> all(String host) {
    CompletableFuture<List<InetAddress>> answer;
    synchronized (this) {
      Kept kept = answers.get(host);
      if (kept != null && nanoTime.getAsLong() - kept.sinceNanos() < keep.toNanos()) {
        return CompletableFuture.completedFuture(kept.addresses());
      }
      answers.remove(host);
      Asked before = asked.get(host);
      answer = before == null ? ask(host) : before.answer;
    }
    CompletableFuture<List<InetAddress>> waiting = answer.copy();
    Executor later =
        CompletableFuture.delayedExecutor(
            patience.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
    later.execute(() -> giveUp(host, waiting));
    return waiting;
  }

  private CompletableFuture<List<InetAddress>> ask(String host) {
    Asked now = new Asked();
    asked.put(host, now);
    start(host, host);
    if (host.contains(".") && !host.endsWith(".")) {
      CompletableFuture.delayedExecutor(headStart.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
          .execute(() -> startAbsolute(host, now));
    }
    return now.answer;
  }

  private synchronized void startAbsolute(String host, Asked by) {
    if (asked.get(host) == by && threads.getActiveCount() < threads.getMaximumPoolSize() / 2) {
      start(host, host + ".");
    }
  }

  private void start(String host, String spelling) {
    if (running.add(spelling)) {
      threads.execute(() -> lookUp(host, spelling));
    }
  }

  private void lookUp(String host, String spelling) {
    List<InetAddress> addresses = null;
    LookupException failure = null;
    try {
      addresses = addresses(host, fresh(spelling));
    } catch (UnknownHostException e) {
      failure = read(host, e);
    } catch (RuntimeException | Error e) {
      LOG.errorf(e, "The look-up of %s failed", host);
      failure = LookupException.failed(host);
    }
    ended(host, spelling, addresses, failure);
  }

  /**
   * The JDK keeps a failure for 10 s, though DNS may answer at once, and the setting for it is read
   * before any code of ours runs. A failure that was kept says nothing but the name. It is kept for
   * that spelling alone, and case means nothing in a host name.
   */
  private InetAddress[] fresh(String spelling) throws UnknownHostException {
    try {
      return source.all(spelling);
    } catch (UnknownHostException e) {
      if (!spelling.equals(e.getMessage())) {
        throw e;
      }
      return source.all(respelled(spelling, respellings.incrementAndGet()));
    }
  }

  /** The n-th mixture of upper and lower case. */
  private static String respelled(String name, int n) {
    StringBuilder mixed = new StringBuilder(name);
    int bits = n;
    for (int i = 0; i < name.length() && bits != 0; i++) {
      char letter = name.charAt(i);
      if (Character.isLetter(letter)) {
        mixed.setCharAt(
            i,
            (bits & 1) == 0 ? letter : (char) (letter ^ 0x20)); // ASCII: the bit that is the case
        bits >>>= 1;
      }
    }
    return mixed.toString();
  }

  private void ended(
      String host, String spelling, List<InetAddress> addresses, LookupException failure) {
    Asked done;
    synchronized (this) {
      running.remove(spelling);
      if (addresses != null) {
        answers.put(host, new Kept(addresses, nanoTime.getAsLong()));
      } else if (!decides(host, spelling, failure)) {
        return;
      }
      done = asked.remove(host);
    }
    if (addresses != null) {
      tellAnswer(host);
    } else {
      tell(failure);
    }
    if (done != null && addresses != null) {
      done.answer.complete(addresses);
    } else if (done != null) {
      done.answer.completeExceptionally(failure);
    }
  }

  /** That there is no such name is for the first to say: it looks in the search domains too. */
  private boolean decides(String host, String spelling, LookupException failure) {
    boolean unknown = failure.kind() == LookupException.Kind.UNKNOWN;
    boolean otherRuns = running.contains(host) || running.contains(host + ".");
    return !otherRuns || unknown && spelling.equals(host);
  }

  private void giveUp(String host, CompletableFuture<?> waiting) {
    if (!waiting.isDone()) {
      LookupException failure = LookupException.noAnswer(host, patience);
      tell(failure);
      waiting.completeExceptionally(failure);
    }
  }

  private void tell(LookupException failure) {
    boolean news;
    synchronized (this) {
      news = told.put(failure.host(), failure.kind()) != failure.kind();
    }
    if (news) {
      LOG.warn(failure.getMessage());
    }
  }

  private void tellAnswer(String host) {
    boolean news;
    synchronized (this) {
      news = told.remove(host) != null;
    }
    if (news) {
      LOG.infof("DNS answers for the name %s", host);
    }
  }

  /** By the name that was asked for, not by its spelling. */
  private static List<InetAddress> addresses(String host, InetAddress... found)
      throws UnknownHostException {
    List<InetAddress> addresses = new ArrayList<>();
    for (InetAddress address : found) {
      addresses.add(InetAddress.getByAddress(host, address.getAddress()));
    }
    return List.copyOf(addresses);
  }

  /**
   * The JDK tells of {@code getaddrinfo}'s error by its text alone: {@code EAI_AGAIN} is "Temporary
   * failure in name resolution" in glibc, "Try again" in musl; what neither says is unknown.
   */
  private static LookupException read(String host, UnknownHostException e) {
    String text = String.valueOf(e.getMessage());
    boolean failed =
        text.contains("Temporary failure")
            || text.contains("Try again")
            || text.contains("Non-recoverable failure")
            || text.contains("System error");
    return failed ? LookupException.failed(host) : LookupException.unknown(host);
  }
}
