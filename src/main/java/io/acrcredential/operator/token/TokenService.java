package io.acrcredential.operator.token;

import io.acrcredential.operator.openapi.AcrException;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.Settling.Settled;
import io.acrcredential.operator.token.TokenFetcher.Outcome;
import io.acrcredential.operator.token.TokenFetcher.Request;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Keeps a valid token for every registry that is wanted: fetches what is missing or due, once at a
 * time, retries what failed, and tells the listener when the tokens have settled. There is one
 * timer, set to the next thing that is due.
 */
public final class TokenService implements AutoCloseable {

  /** Domains change rarely; every so often they are listed along with a refresh. */
  static final Duration RELIST = Duration.ofHours(6);

  /** A suspended machine's timer sleeps too, so it is never set further than this. */
  private static final Duration LONGEST_SLEEP = Duration.ofSeconds(30);

  private final TokenFetcher fetcher;
  private RefreshTimes times = new RefreshTimes(0);
  private final Clock clock;
  private final RandomGenerator random;
  private final ScheduledExecutorService timer;
  private final Listener listener;

  private final Map<RegistryRef, Entry> entries = new HashMap<>();

  /** Wanted no more while being asked for: who wants one again waits for that answer. */
  private final Map<RegistryRef, Entry> dropped = new HashMap<>();

  private final Settling settling = new Settling();
  private int inFlight;
  private ScheduledFuture<?> settleTimer;
  private ScheduledFuture<?> wakeUp;
  private boolean closed;

  /** Told of what happened, on the timer's or the HTTP client's thread: must not block. */
  public interface Listener {

    /** These tokens or domains are new or have ended; everything that was in flight has settled. */
    void changed(Set<RegistryRef> refs);

    /**
     * The {@link RegistryState} of these has changed, whether or not what is written into Secrets
     * has: told of those together that were asked for together, 200 ms late at most.
     */
    void told(Set<RegistryRef> refs);

    /** A fetch has ended after this time; error is null where it went well. */
    void fetched(RegistryRef ref, Duration took, AcrException error);
  }

  /** One registry: what is wanted of it, how far it is, and when to ask next. */
  private static final class Entry {
    Demand demand;
    RegistryState state = RegistryState.NONE;
    Instant dueAt = Instant.MIN;
    boolean inFlight;
    boolean newToken;
    boolean newDomains;
    boolean endTold;
    boolean keyChangedInFlight;
    int failures;

    boolean lists() {
      return demand.listDomains();
    }

    void askNow() {
      failures = 0;
      dueAt = Instant.MIN;
    }
  }

  /** Fetches nothing before {@link #want}. */
  public TokenService(
      TokenFetcher fetcher,
      Clock clock,
      RandomGenerator random,
      ScheduledExecutorService timer,
      Listener listener) {
    this.fetcher = fetcher;
    this.clock = clock;
    this.random = random;
    this.timer = timer;
    this.listener = listener;
  }

  /** Tells this cluster's times from those of others; before {@link #want}. */
  public synchronized void spread(RefreshTimes refreshTimes) {
    times = refreshTimes;
  }

  /**
   * From now on exactly these are wanted: what is missing is fetched, what is no longer, dropped.
   *
   * @param known what an earlier process knew of them
   */
  public void want(Map<RegistryRef, Demand> demands, Function<RegistryRef, RegistryState> known) {
    synchronized (this) {
      entries.forEach(
          (ref, entry) -> {
            if (entry.inFlight && !demands.containsKey(ref)) {
              dropped.put(ref, entry);
            }
          });
      entries.keySet().retainAll(demands.keySet());
      demands.forEach(
          (ref, demand) -> {
            Entry entry = entries.computeIfAbsent(ref, dropped::remove);
            if (entry == null) {
              entry = new Entry();
              entry.state = known.apply(ref);
              entry.newToken = askedWithAnotherKey(ref, entry);
              entries.put(ref, entry);
            }
            entry.demand = demand;
            if (entry.failures == 0) {
              entry.dueAt = nextDue(entry);
              entry.state = entry.state.withNextTryAt(shown(entry.dueAt));
            }
          });
    }
    fetchDue();
  }

  /** Somebody asks for new tokens and domains of these, now. */
  public void refresh(Set<RegistryRef> refs) {
    askAgain(refs, true);
  }

  /**
   * The policies' text has changed: the domains of these are listed again, and failures retried.
   */
  public void relist(Set<RegistryRef> refs) {
    askAgain(refs, false);
  }

  private void askAgain(Set<RegistryRef> refs, boolean tokens) {
    synchronized (this) {
      for (RegistryRef ref : refs) {
        Entry entry = entries.get(ref);
        if (entry != null) {
          entry.newToken |= tokens;
          entry.newDomains |= entry.lists();
          if (entry.newToken || entry.newDomains || entry.failures > 0) {
            entry.askNow();
          }
        }
      }
    }
    fetchDue();
  }

  /** An identity's key has changed or appeared: who asked with another asks again, now. */
  public void keysChanged(Predicate<Identity> whose) {
    synchronized (this) {
      entries.forEach(
          (ref, entry) -> {
            if (whose.test(ref.identity())) {
              entry.keyChangedInFlight |= entry.inFlight;
              entry.newToken |= askedWithAnotherKey(ref, entry);
              if (entry.newToken || entry.failures > 0) {
                entry.askNow();
              }
            }
          });
    }
    fetchDue();
  }

  /** How far the registry is. */
  public synchronized RegistryState state(RegistryRef ref) {
    Entry entry = entries.get(ref);
    return entry == null ? RegistryState.NONE : entry.state;
  }

  /** All that a later process would want to know. */
  public synchronized Map<RegistryRef, RegistryState> snapshot() {
    Map<RegistryRef, RegistryState> all = new HashMap<>();
    entries.forEach((ref, entry) -> all.put(ref, entry.state));
    return all;
  }

  /** Starts nothing more. */
  @Override
  public synchronized void close() {
    closed = true;
    cancel(wakeUp);
    cancel(settleTimer);
  }

  private boolean askedWithAnotherKey(RegistryRef ref, Entry entry) {
    RegistryToken token = entry.state.token();
    return token != null
        && fetcher
            .keyFingerprint(ref)
            .map(now -> !now.equals(token.keyFingerprint()))
            .orElse(false);
  }

  private Instant nextDue(Entry entry) {
    boolean missing =
        entry.newToken
            || entry.newDomains
            || entry.state.token() == null
            || entry.lists() && entry.state.domainsListedAt() == null;
    return missing ? Instant.MIN : tokenDueAt(entry);
  }

  private Instant tokenDueAt(Entry entry) {
    return times.dueAt(entry.state.token(), entry.demand.refreshBefore());
  }

  private Instant shown(Instant dueAt) {
    return dueAt == Instant.MIN ? clock.instant() : dueAt;
  }

  /** Fetches what is due and, with it, what is due soon; tells what has ended; sets the timer. */
  private void fetchDue() {
    List<Request> wave = new ArrayList<>();
    Set<RegistryRef> ended = new HashSet<>();
    synchronized (this) {
      if (closed) {
        return;
      }
      Instant now = clock.instant();
      // A retry takes none along: a broken registry would split every wave into many.
      boolean anyDue =
          entries.values().stream().anyMatch(entry -> entry.failures == 0 && due(entry, now));
      entries.forEach(
          (ref, entry) -> {
            if (entry.state.token() != null && !entry.state.validAt(now) && !entry.endTold) {
              entry.endTold = true;
              ended.add(ref);
            }
            if (due(entry, now) || anyDue && dueAlong(entry, now)) {
              wave.add(begin(ref, entry, now));
            }
          });
      inFlight += wave.size();
      setTimer(now);
    }
    if (!ended.isEmpty()) {
      listener.changed(ended);
    }
    if (!wave.isEmpty()) {
      long start = System.nanoTime();
      fetcher.fetch(wave).subscribe().with(outcome -> arrived(outcome, start));
    }
  }

  private static boolean due(Entry entry, Instant now) {
    return !entry.inFlight && !entry.demand.held() && !now.isBefore(entry.dueAt);
  }

  private static boolean dueAlong(Entry entry, Instant now) {
    return entry.failures == 0
        && entry.state.token() != null
        && due(entry, now.plus(RefreshTimes.along(entry.state.token().lifetime())));
  }

  private Request begin(RegistryRef ref, Entry entry, Instant now) {
    RegistryToken token = entry.state.token();
    boolean newToken =
        entry.newToken
            || token == null
            || !now.plus(RefreshTimes.along(token.lifetime())).isBefore(tokenDueAt(entry));
    Instant listedAt = entry.state.domainsListedAt();
    boolean newDomains =
        entry.lists()
            && (entry.newDomains
                || listedAt == null
                || newToken && !now.isBefore(listedAt.plus(RELIST)));
    entry.inFlight = true;
    entry.newToken = false;
    entry.newDomains = false;
    return new Request(ref, newToken, newDomains);
  }

  private void arrived(Outcome outcome, long startNanos) {
    RegistryRef ref = outcome.request().ref();
    listener.fetched(ref, Duration.ofNanos(System.nanoTime() - startNanos), outcome.error());
    Settled settled;
    synchronized (this) {
      inFlight--;
      dropped.remove(ref);
      Entry entry = entries.get(ref);
      if (entry != null) {
        Instant until = holdUntil(entry.state, outcome);
        if (take(entry, outcome)) {
          settling.changed(ref, until);
        }
        settling.answered(ref);
      }
      settled = inFlight == 0 ? settled(Instant.MAX) : Settled.NOTHING;
      setSettleTimer();
    }
    tell(settled);
    fetchDue();
  }

  private void tell(Settled settled) {
    if (!settled.changed().isEmpty()) {
      listener.changed(settled.changed());
    }
    if (!settled.answered().isEmpty()) {
      listener.told(settled.answered());
    }
  }

  /** Takes in what came back; answers whether there is something new to write. */
  private boolean take(Entry entry, Outcome outcome) {
    Instant now = clock.instant();
    RegistryState before = entry.state;
    boolean changed = outcome.token() != null || differs(outcome.domains(), before.domains());
    entry.inFlight = false;
    entry.newToken |= outcome.request().token() && outcome.token() == null;
    entry.newDomains |= outcome.request().domains() && outcome.domains() == null;
    if (outcome.token() != null) {
      entry.endTold = false;
    }
    entry.state = before.with(outcome.token(), outcome.domains(), outcome.error(), now);
    boolean withOldKey = entry.keyChangedInFlight;
    entry.keyChangedInFlight = false;
    entry.newToken |= withOldKey && askedWithAnotherKey(outcome.request().ref(), entry);
    if (outcome.error() == null) {
      entry.failures = 0;
      entry.dueAt = nextDue(entry);
    } else if (withOldKey) {
      entry.askNow();
    } else {
      entry.failures++;
      Duration wait =
          outcome.error().permanent() ? Backoff.MAX : Backoff.after(entry.failures, random);
      entry.dueAt = now.plus(wait);
    }
    entry.state = entry.state.withNextTryAt(shown(entry.dueAt));
    return changed;
  }

  private static boolean differs(List<String> now, List<String> before) {
    return now != null && !now.equals(before);
  }

  /** Only a token that takes the place of one that is as good waits; domains and keys do not. */
  private Instant holdUntil(RegistryState before, Outcome outcome) {
    return differs(outcome.domains(), before.domains())
        ? Instant.MIN
        : Settling.holdUntil(before.token(), outcome.token(), clock.instant());
  }

  private void setSettleTimer() {
    if (!settling.isEmpty() && settleTimer == null && !closed) {
      settleTimer =
          timer.schedule(this::settleTimeIsUp, Settling.WAVE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void settleTimeIsUp() {
    Settled settled;
    synchronized (this) {
      settled = settled(clock.instant());
      setSettleTimer();
    }
    tell(settled);
  }

  private Settled settled(Instant now) {
    cancel(settleTimer);
    settleTimer = null;
    return settling.take(now, fetcher::queued);
  }

  private void setTimer(Instant now) {
    cancel(wakeUp);
    Instant next = now.plus(LONGEST_SLEEP);
    for (Entry entry : entries.values()) {
      if (!entry.inFlight && !entry.demand.held() && entry.dueAt.isBefore(next)) {
        next = entry.dueAt;
      }
      RegistryToken token = entry.state.token();
      if (token != null && !entry.endTold && token.expiresAt().isBefore(next)) {
        next = token.expiresAt();
      }
    }
    long millis = Math.max(1, Duration.between(now, max(now, next)).toMillis() + 1);
    wakeUp = timer.schedule(this::fetchDue, millis, TimeUnit.MILLISECONDS);
  }

  private static Instant max(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static void cancel(ScheduledFuture<?> task) {
    if (task != null) {
      task.cancel(false);
    }
  }
}
