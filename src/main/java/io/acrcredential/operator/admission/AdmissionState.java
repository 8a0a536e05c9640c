// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission;

import io.acrcredential.operator.serviceaccount.AdmissionBinding;
import java.util.Set;
import org.jboss.logging.Logger;

/** What is known about binding at admission. Thread-safe. */
public final class AdmissionState implements AdmissionBinding {

  private static final Logger LOG = Logger.getLogger(AdmissionState.class);

  /** Up to this number, the API server takes some milliseconds more for a ServiceAccount. */
  static final int MANY_POLICIES = 20;

  enum State {
    /** It was not tried yet. */
    UNKNOWN,
    ACTIVE,
    /** It never worked since the start of this process. */
    INACTIVE,
    /** It worked, and does no longer. */
    STOPPED
  }

  private final Set<String> leftOut;
  private State state = State.UNKNOWN;

  /** Whether an empty patch was to be sent while the state was unknown. */
  private boolean tried;

  private Runnable onChange = () -> {};
  private Runnable onContradiction = () -> {};

  /**
   * @param leftOut the namespaces whose ServiceAccounts are not bound at admission
   */
  public AdmissionState(Set<String> leftOut) {
    this.leftOut = leftOut;
  }

  /** Whether binding at admission can work in the namespace. */
  boolean reaches(String namespace) {
    return !leftOut.contains(namespace);
  }

  /**
   * Sets the listeners.
   *
   * @param changed run after every change of the state
   * @param contradicted run if a ServiceAccount was not treated as the state says, or could show it
   */
  void listen(Runnable changed, Runnable contradicted) {
    onChange = changed;
    onContradiction = contradicted;
  }

  /** Records the result of a dry run. */
  void record(boolean works) {
    State before;
    State now;
    synchronized (this) {
      before = state;
      boolean worked = before == State.ACTIVE || before == State.STOPPED;
      now = works ? State.ACTIVE : worked ? State.STOPPED : State.INACTIVE;
      state = now;
    }
    if (before != now) {
      log(now);
      onChange.run();
    }
  }

  private static void log(State state) {
    if (state == State.ACTIVE) {
      LOG.info("Binding at admission works: the API server binds new ServiceAccounts itself");
    } else if (state == State.STOPPED) {
      LOG.warn(
          "Binding at admission does not work any more: this process binds new ServiceAccounts");
    } else {
      LOG.info(
          "Nothing binds new ServiceAccounts at admission, so this process binds them right after"
              + " their creation");
    }
  }

  private synchronized State state() {
    return state;
  }

  /** Whether nothing has shown yet if binding at admission works. */
  boolean isUnknown() {
    return state() == State.UNKNOWN;
  }

  /** Whether the API server binds new ServiceAccounts. */
  public boolean isActive() {
    return state() == State.ACTIVE;
  }

  /** While that is unknown, one ServiceAccount tries it: an empty patch may be for nothing. */
  @Override
  public synchronized boolean mayBind(String namespace) {
    if (!reaches(namespace)) {
      return false;
    }
    boolean tries = state == State.UNKNOWN && !tried;
    tried |= tries;
    return tries || state == State.ACTIVE;
  }

  /** An empty patch that changes nothing may have met an API server that does not know it yet. */
  @Override
  public void onEmptyPatch(boolean bound) {
    if (bound) {
      record(true);
    } else {
      onContradiction.run();
    }
  }

  /**
   * A ServiceAccount that should be bound at admission was created.
   *
   * @param bound whether it had the entry from the start
   */
  public void onCreated(String namespace, boolean bound) {
    if (!reaches(namespace)) {
      return;
    }
    State now = state();
    if (now == State.UNKNOWN || bound != (now == State.ACTIVE)) {
      onContradiction.run();
    }
  }

  /**
   * A clause for the condition Ready; empty where binding at admission never worked.
   *
   * @param policies how many policies bind at admission: the API server evaluates the admission
   *     policy once for each of them, in every request that creates or changes a ServiceAccount
   */
  public String note(long policies) {
    return switch (state()) {
      case ACTIVE ->
          "; new ones are bound at admission"
              + (policies > MANY_POLICIES
                  ? ", where %d policies slow down each change of a ServiceAccount: merge some, or set bindAtCreation: false"
                      .formatted(policies)
                  : "");
      case STOPPED -> "; binding at admission does not work any more";
      case UNKNOWN, INACTIVE -> "";
    };
  }
}
