package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import io.acrcredential.operator.policy.Identity;
import io.acrcredential.operator.policy.RegistryRef;
import io.acrcredential.operator.token.TokenBatcher.Batch;
import io.acrcredential.operator.token.TokenFetcher.Outcome;
import io.acrcredential.operator.token.TokenFetcher.Request;
import io.smallrye.mutiny.Multi;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
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

  /**
   * While DNS is away tries stay 2 s apart at most: no service is asked, and the token is there
   * within 5 s after DNS is.
   */
  private static final int DNS_RETRIES = 2;

  /** A suspended machine's timer sleeps too, so it is never set further than this. */
  private static final Duration LONGEST_SLEEP = Duration.ofSeconds(30);

  /** Whatever comes back, a registry is asked for twice within this time at most. */
  private static final Duration PACE = Duration.ofSeconds(1);

  /** What is due is asked for in the same second; after this time it never will be. */
  private static final Duration OVERDUE = Duration.ofMinutes(5);

  private final TokenFetcher fetcher;
  private RefreshSchedule times = new RefreshSchedule(0);
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final ScheduledExecutorService timer;
  private final Listener listener;

  private final Map<RegistryRef, Entry> entries = new HashMap<>();

  /** Wanted no more while being asked for: who wants one again waits for that answer. */
  private final Map<RegistryRef, Entry> dropped = new HashMap<>();

  private final TokenBatcher settling = new TokenBatcher();
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
    void fetched(RegistryRef ref, Duration took, AlibabaCloudException error);
  }

  /** One registry: what is wanted of it, how far it is, and when to ask next. */
  private static final class Entry {
    TokenDemand demand;
    RegistryState state = RegistryState.NONE;
    Instant dueAt = Instant.MIN;
    boolean inFlight;
    boolean newToken;
    boolean newDomains;
    boolean endTold;
    boolean keyChangedInFlight;
    int failures;

    /** By the monotonic clock; null = never. */
    Long askedAt;

    /** The time before {@link #askedAt}. */
    Long askedBefore;

    /**
     * Since when {@link #overdue} sees it wait for its call, or for the answer; null = it does not.
     */
    Long seenWaitingAt;

    boolean lists() {
      return demand.listDomains();
    }

    void askNow() {
      failures = 0;
      dueAt = Instant.MIN;
    }

    void asked(long nanos) {
      inFlight = true;
      askedBefore = askedAt;
      askedAt = nanos;
      seenWaitingAt = null;
    }

    void answered() {
      inFlight = false;
      seenWaitingAt = null;
    }

    /** How long it must not be asked for, for {@link #PACE}; 0 or less = it may. */
    long pauseNanos(long nanos) {
      return askedBefore == null ? 0 : PACE.toNanos() - (nanos - askedBefore);
    }
  }

  /**
   * Fetches nothing before {@link #want}.
   *
   * @param clock the service's
   * @param nanoTime monotonic, in nanoseconds
   */
  public TokenService(
      TokenFetcher fetcher,
      Clock clock,
      LongSupplier nanoTime,
      RandomGenerator random,
      ScheduledExecutorService timer,
      Listener listener) {
    this.fetcher = fetcher;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.random = random;
    this.timer = timer;
    this.listener = listener;
  }

  /** Tells this cluster's times from those of others; before {@link #want}. */
  public synchronized void spread(RefreshSchedule refreshTimes) {
    times = refreshTimes;
  }

  /**
   * From now on exactly these are wanted: what is missing is fetched, what is no longer, dropped.
   *
   * @param known what an earlier process knew of them
   */
  public void want(
      Map<RegistryRef, TokenDemand> demands, Function<RegistryRef, RegistryState> known) {
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

  /**
   * How many registries have been due for 5 minutes without a call, or have waited as long for the
   * answer: then this service is broken, and only a new process helps. What waits for a reason does
   * not count: suspended, backing off, or held back by the ceiling. Measured from one call of this
   * method to another, whatever the timer does and the clock says.
   */
  public synchronized int overdue() {
    if (closed) {
      return 0;
    }
    Instant now = clock.instant();
    long nanos = nanoTime.getAsLong();
    int overdue = 0;
    for (Map.Entry<RegistryRef, Entry> each : entries.entrySet()) {
      Entry entry = each.getValue();
      boolean waits = entry.inFlight ? !fetcher.queued(each.getKey()) : due(entry, now);
      if (!waits) {
        entry.seenWaitingAt = null;
      } else if (entry.seenWaitingAt == null) {
        entry.seenWaitingAt = nanos;
      } else if (nanos - entry.seenWaitingAt >= OVERDUE.toNanos()) {
        overdue++;
      }
    }
    return overdue;
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

  /**
   * Fetches what is due and, with it, what is due soon; tells what has ended; sets the timer, also
   * where that fails: nothing but the timer keeps the renewal going.
   */
  private void fetchDue() {
    try {
      fetchWhatIsDue();
    } catch (RuntimeException | Error e) {
      UnexpectedFailure.log("it looked for tokens that are due", e);
      wakeUpIn(PACE);
    }
  }

  private void fetchWhatIsDue() {
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
              inFlight++;
            }
          });
      setTimer(now);
    }
    tell(ended, listener::changed, 1);
    if (!wave.isEmpty()) {
      fetch(wave);
    }
  }

  private void fetch(List<Request> wave) {
    long start = nanoTime.getAsLong();
    Set<Request> open = ConcurrentHashMap.newKeySet();
    open.addAll(wave);
    Multi.createFrom()
        .deferred(() -> fetcher.fetch(wave))
        .subscribe()
        .with(
            outcome -> {
              open.remove(outcome.request());
              try {
                arrived(outcome, start);
              } catch (RuntimeException | Error e) {
                // Mutiny would cancel the calls of all others, and drop the exception.
                UnexpectedFailure.log("it took in an answer", e);
              }
            },
            failure -> lost(open, failure, start),
            () -> {
              if (!open.isEmpty()) {
                lost(open, new IllegalStateException("no outcome"), start);
              }
            });
  }

  /** Without an outcome they would be in flight for ever, and never be asked for again. */
  private void lost(Set<Request> open, Throwable failure, long start) {
    for (Request request : open) {
      AlibabaCloudException error = UnexpectedFailure.of("it asked for a token", failure);
      arrived(new Outcome(request, null, null, error), start);
    }
  }

  private boolean due(Entry entry, Instant now) {
    return !entry.inFlight
        && !entry.demand.held()
        && !now.isBefore(entry.dueAt)
        && entry.pauseNanos(nanoTime.getAsLong()) <= 0;
  }

  private boolean dueAlong(Entry entry, Instant now) {
    return entry.failures == 0
        && entry.state.token() != null
        && due(entry, now.plus(RefreshSchedule.along(entry.state.token().lifetime())));
  }

  private Request begin(RegistryRef ref, Entry entry, Instant now) {
    RegistryToken token = entry.state.token();
    boolean newToken =
        entry.newToken
            || token == null
            || !now.plus(RefreshSchedule.along(token.lifetime())).isBefore(tokenDueAt(entry));
    Instant listedAt = entry.state.domainsListedAt();
    boolean newDomains =
        entry.lists()
            && (entry.newDomains
                || listedAt == null
                || newToken && Duration.between(listedAt, now).compareTo(RELIST) >= 0);
    entry.asked(nanoTime.getAsLong());
    entry.newToken = false;
    entry.newDomains = false;
    return new Request(ref, newToken, newDomains);
  }

  private void arrived(Outcome outcome, long startNanos) {
    RegistryRef ref = outcome.request().ref();
    report(ref, Duration.ofNanos(nanoTime.getAsLong() - startNanos), outcome.error());
    Batch settled;
    synchronized (this) {
      inFlight--;
      dropped.remove(ref);
      Entry entry = entries.get(ref);
      if (entry != null) {
        try {
          Instant until = holdUntil(entry.state, outcome);
          if (take(entry, outcome)) {
            settling.changed(ref, until);
          }
        } catch (RuntimeException | Error e) {
          failed(entry, outcome, UnexpectedFailure.of("it took in an answer", e));
        }
        settling.answered(ref);
      }
      settled = inFlight == 0 ? settled(Instant.MAX) : Batch.NOTHING;
      setSettleTimer();
    }
    tell(settled);
    fetchDue();
  }

  private void report(RegistryRef ref, Duration took, AlibabaCloudException error) {
    try {
      listener.fetched(ref, took, error);
    } catch (RuntimeException | Error e) {
      UnexpectedFailure.log("it reported an answer", e);
    }
  }

  private void tell(Batch settled) {
    tell(settled.changed(), listener::changed, 1);
    tell(settled.answered(), listener::told, 1);
  }

  /** Tells until it succeeds: a token that nobody was told of reaches no Secret. */
  private void tell(Set<RegistryRef> refs, Consumer<Set<RegistryRef>> how, int attempt) {
    if (refs.isEmpty()) {
      return;
    }
    try {
      how.accept(refs);
    } catch (RuntimeException | Error e) {
      UnexpectedFailure.log("it passed on new tokens", e);
      tellLater(refs, how, attempt);
    }
  }

  private synchronized void tellLater(
      Set<RegistryRef> refs, Consumer<Set<RegistryRef>> how, int attempt) {
    if (!closed) {
      timer.schedule(
          () -> tell(refs, how, attempt + 1),
          Backoff.after(attempt, random).toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  /** The operator itself failed with the answer: it is asked for again like any other failure. */
  private void failed(Entry entry, Outcome outcome, AlibabaCloudException error) {
    entry.answered();
    entry.newToken |= outcome.request().token();
    entry.newDomains |= outcome.request().domains();
    backOff(entry, error, clock.instant());
    entry.state =
        entry.state.with(null, null, error, clock.instant()).withNextTryAt(shown(entry.dueAt));
  }

  private void backOff(Entry entry, AlibabaCloudException error, Instant now) {
    entry.failures++;
    Duration wait = waitAfter(error, entry.failures);
    entry.dueAt = now.plus(wait.compareTo(PACE) < 0 ? PACE : wait);
  }

  /** Takes in what came back; answers whether there is something new to write. */
  private boolean take(Entry entry, Outcome outcome) {
    Instant now = clock.instant();
    RegistryState before = entry.state;
    boolean changed = outcome.token() != null || differs(outcome.domains(), before.domains());
    entry.answered();
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
      backOff(entry, outcome.error(), now);
    }
    entry.state = entry.state.withNextTryAt(shown(entry.dueAt));
    return changed;
  }

  private Duration waitAfter(AlibabaCloudException error, int failures) {
    if (error.permanent()) {
      return Backoff.MAX;
    }
    return Backoff.after(error.dnsFailed() ? Math.min(failures, DNS_RETRIES) : failures, random);
  }

  private static boolean differs(List<String> now, List<String> before) {
    return now != null && !now.equals(before);
  }

  /** Only a token that takes the place of one that is as good waits; domains and keys do not. */
  private Instant holdUntil(RegistryState before, Outcome outcome) {
    return differs(outcome.domains(), before.domains())
        ? Instant.MIN
        : TokenBatcher.holdUntil(before.token(), outcome.token(), clock.instant());
  }

  private void setSettleTimer() {
    if (!settling.isEmpty() && settleTimer == null && !closed) {
      settleTimer =
          timer.schedule(this::settleTimeIsUp, TokenBatcher.WAVE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void settleTimeIsUp() {
    Batch settled;
    synchronized (this) {
      settleTimer = null;
      try {
        settled = settled(clock.instant());
      } catch (RuntimeException | Error e) {
        UnexpectedFailure.log("it settled new tokens", e);
        settled = Batch.NOTHING;
      }
      setSettleTimer();
    }
    tell(settled);
  }

  private Batch settled(Instant now) {
    cancel(settleTimer);
    settleTimer = null;
    return settling.take(now, fetcher::queued);
  }

  private void setTimer(Instant now) {
    long nanos = nanoTime.getAsLong();
    Instant next = now.plus(LONGEST_SLEEP);
    for (Entry entry : entries.values()) {
      if (!entry.inFlight && !entry.demand.held()) {
        Instant askable = max(entry.dueAt, now.plusNanos(Math.max(0, entry.pauseNanos(nanos))));
        next = askable.isBefore(next) ? askable : next;
      }
      RegistryToken token = entry.state.token();
      if (token != null && !entry.endTold && token.expiresAt().isBefore(next)) {
        next = token.expiresAt();
      }
    }
    wakeUpIn(Duration.between(now, max(now, next)));
  }

  private synchronized void wakeUpIn(Duration wait) {
    cancel(wakeUp);
    if (!closed) {
      wakeUp = timer.schedule(this::fetchDue, wait.toMillis() + 1, TimeUnit.MILLISECONDS);
    }
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
