// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.CommandOutput;
import io.acrcredential.operator.Settings;
import io.acrcredential.operator.kubernetes.RetryAfterInterceptor;
import io.acrcredential.operator.kubernetes.RuntimeIdentity;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.leader.HttpLeaseApi;
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

/** {@code cleanup}: stops the operators, removes what they wrote and prints a report. */
@Singleton
public final class CleanupCommand implements QuarkusApplication {

  private static final Logger LOG = Logger.getLogger(CleanupCommand.class);

  /** Of a failed request: an API server that restarts must not end the cleanup. */
  private static final int RETRIES = 10;

  private final KubernetesClient client;
  private final Settings settings;
  private volatile LeaseTakeover takeover;

  CleanupCommand(KubernetesClient client, Settings settings) {
    this.client = RetryAfterInterceptor.withRetries(client, RETRIES);
    this.settings = settings;
  }

  @Override
  public int run(String... args) throws InterruptedException {
    String namespace = RuntimeIdentity.credentialsNamespace(settings);
    CleanupReport report = new CleanupReport();
    CleanupOptions options = CleanupOptions.parse(List.of(args));
    try {
      Optional<String> refusal = options.hookJob().flatMap(job -> HookJob.refusal(client, job));
      if (refusal.isPresent()) {
        CommandOutput.print(refusal.get() + System.lineSeparator());
        return 0;
      }
    } catch (KubernetesClientException e) {
      report.failed("reading the Job of the hook", e);
      CommandOutput.print(report.text());
      return 1;
    }
    try (LeaseTakeover lease = takeOver(namespace);
        OwnershipLease ownership = ownership(namespace)) {
      takeover = lease;
      WriteFence leaseFence = stopOperators(namespace);
      Optional<String> otherOwner = ownership.claim();
      otherOwner.ifPresent(owner -> report.note(ownedByAnother(ownership, owner)));
      if (otherOwner.isEmpty()) {
        ownership.keepRenewing(LOG::error);
      }
      WriteFence fence =
          otherOwner.isPresent()
              ? leaseFence
              : (kind, verb) -> {
                ownership.permit();
                leaseFence.permit(kind, verb);
              };
      Set<String> excluded = Settings.excludedNamespaces(settings);
      new Cleanup(
              client,
              settings.pullSecretName(),
              namespace,
              excluded::contains,
              fence,
              options,
              report,
              Clock.systemUTC())
          .run(otherOwner.isPresent());
      if (report.failures().isEmpty()) {
        lease.retainAfterClose();
        if (otherOwner.isEmpty()) {
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
   * Releases the lease if the process is stopped early, for example by the deadline of a Job, so
   * that operators do not wait for its expiry.
   */
  void onStop(@Observes ShutdownEvent event) {
    LeaseTakeover lease = takeover;
    if (lease == null) {
      return;
    }
    try {
      lease.close();
    } catch (KubernetesClientException e) {
      LOG.infof("The lease could not be released and will expire: %s", ExceptionText.of(e));
    }
  }

  private LeaseTakeover takeOver(String namespace) {
    return new LeaseTakeover(
        HttpLeaseApi.connect(client, namespace, LeaderElection.NAME),
        LeaseTakeover.CLEANUP_PREFIX + RuntimeIdentity.identity(),
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

  /** This is not a failure, so that one of two installations can be uninstalled. */
  private String ownedByAnother(OwnershipLease ownership, String owner) {
    return ("The operator in namespace %s owns the pull Secrets %s (Lease %s/%s): the Secrets,"
            + " their entries and the policies are kept. To remove them, run cleanup with"
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
      takeover.take(
          time -> {
            LOG.infof(
                "Took the lease %s/%s; waiting %d s for the last writes of an operator that held"
                    + " it",
                namespace, LeaderElection.NAME, time.toSeconds());
            TimeUnit.MILLISECONDS.sleep(time.toMillis());
          });
      return takeover;
    } catch (KubernetesClientException e) {
      if (!isMissingOrTerminating(e)) {
        throw e;
      }
      LOG.infof(
          "The namespace %s does not exist or is being deleted, so no operator leads in it",
          namespace);
      return (kind, verb) -> {};
    }
  }

  /** Whether a create failed because its namespace does not exist or is being deleted. */
  private static boolean isMissingOrTerminating(KubernetesClientException e) {
    boolean terminating =
        e.getStatus() != null
            && e.getStatus().getDetails() != null
            && e.getStatus().getDetails().getCauses().stream()
                .map(StatusCause::getReason)
                .anyMatch("NamespaceTerminating"::equals);
    return terminating || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
  }
}
