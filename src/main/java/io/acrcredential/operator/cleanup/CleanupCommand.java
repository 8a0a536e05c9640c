package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.kubernetes.RuntimeIdentity;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.leader.LeaderElection;
import io.acrcredential.operator.leader.LeaseTakeover;
import io.acrcredential.operator.leader.OwnershipLease;
import io.acrcredential.operator.text.ExceptionText;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** {@code cleanup}: stops the operators, takes their traces away, and tells what it did. */
@Singleton
public final class CleanupCommand implements QuarkusApplication {

  private static final Logger LOG = Logger.getLogger(CleanupCommand.class);

  private final KubernetesClient client;
  private final Settings settings;
  private volatile LeaseTakeover hold;

  CleanupCommand(KubernetesClient client, Settings settings) {
    this.client = client;
    this.settings = settings;
  }

  @Override
  public int run(String... args) throws InterruptedException {
    String namespace = RuntimeIdentity.credentialsNamespace(settings);
    CleanupReport report = new CleanupReport();
    try (LeaseTakeover held = hold(namespace);
        OwnershipLease ownership = ownership(namespace)) {
      hold = held;
      WriteFence lease = stopOperators(namespace);
      Optional<String> other = ownership.claim();
      other.ifPresent(owner -> report.note(left(ownership, owner)));
      if (other.isEmpty()) {
        ownership.keep(LOG::error);
      }
      WriteFence gate =
          other.isPresent()
              ? lease
              : (kind, verb) -> {
                ownership.permit();
                lease.permit(kind, verb);
              };
      Set<String> excluded = settings.excludedNamespaces().orElse(Set.of());
      new Cleanup(
              client,
              settings.pullSecretName(),
              namespace,
              excluded::contains,
              gate,
              CleanupOptions.parse(List.of(args)),
              report)
          .run(other.isPresent());
      if (report.failures().isEmpty()) {
        held.keep();
        if (other.isEmpty()) {
          ownership.release();
        }
      }
    } catch (KubernetesClientException | WriteFence.NotLeadingException e) {
      report.failed("cleanup", e);
    }
    CommandOutput.print(report.text());
    return report.failures().isEmpty() ? 0 : 1;
  }

  /**
   * Told to end before the work is done, such as by a Job's deadline: operators that are still
   * there shall not wait for a lease that nobody will use.
   */
  void onStop(@Observes ShutdownEvent event) {
    LeaseTakeover held = hold;
    if (held == null) {
      return;
    }
    try {
      held.close();
    } catch (KubernetesClientException e) {
      LOG.infof("The lease could not be given back, and ends by itself: %s", ExceptionText.of(e));
    }
  }

  private LeaseTakeover hold(String namespace) {
    return new LeaseTakeover(
        client,
        namespace,
        LeaseTakeover.CLEANUP + RuntimeIdentity.identity(),
        Clock.systemUTC(),
        System::nanoTime,
        Executors.newSingleThreadScheduledExecutor(CleanupCommand::daemon));
  }

  private OwnershipLease ownership(String namespace) {
    return new OwnershipLease(
        client,
        settings.pullSecretName(),
        namespace,
        Clock.systemUTC(),
        System::nanoTime,
        Executors.newSingleThreadScheduledExecutor(CleanupCommand::daemon));
  }

  /** No failure: whoever uninstalls the second of two installations is to succeed. */
  private String left(OwnershipLease ownership, String owner) {
    return ("The operator in namespace %s owns the pull Secrets %s (Lease %s/%s): they, their"
            + " entries and the policies are left to it. To remove them, run cleanup with"
            + " ACR_CREDENTIALS_NAMESPACE=%1$s.")
        .formatted(owner, settings.pullSecretName(), OwnershipLease.NAMESPACE, ownership.name());
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "lease");
    thread.setDaemon(true);
    return thread;
  }

  private WriteFence stopOperators(String namespace) throws InterruptedException {
    try {
      hold.take(
          time -> {
            LOG.infof(
                "Took the lease %s/%s; an operator that held it may write for %d s more",
                namespace, LeaderElection.NAME, time.toSeconds());
            TimeUnit.MILLISECONDS.sleep(time.toMillis());
          });
      return hold;
    } catch (KubernetesClientException e) {
      if (!goneOrGoing(e)) {
        throw e;
      }
      LOG.infof("There is no namespace %s (any more), so no operator leads in it", namespace);
      return (kind, verb) -> {};
    }
  }

  /** What a create answers in a namespace that is not there, or is being deleted. */
  private static boolean goneOrGoing(KubernetesClientException e) {
    boolean going =
        e.getStatus() != null
            && e.getStatus().getDetails() != null
            && e.getStatus().getDetails().getCauses().stream()
                .map(StatusCause::getReason)
                .anyMatch("NamespaceTerminating"::equals);
    return going || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
  }
}
