// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.cleanup.CleanupReport.Done;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Removes the pull Secrets and the ServiceAccount entries that name them. In each namespace the
 * entries are removed first and the pull Secret last, because only its annotation shows that the
 * entries are the operator's: so the cleanup may be interrupted at any time and run again.
 */
final class PullSecretCleanup {

  private static final int PARALLEL_NAMESPACES = 8;

  private final KubernetesClient client;
  private final String pullSecretName;
  private final Predicate<String> excluded;
  private final CleanupReport report;
  private final ServiceAccountWriter accounts;
  private final PullSecretWriter pullSecrets;

  /**
   * @param excluded namespaces that the operator must not touch
   */
  PullSecretCleanup(
      KubernetesClient client,
      String pullSecretName,
      Predicate<String> excluded,
      WriteFence fence,
      CleanupReport report) {
    this.client = client;
    this.pullSecretName = pullSecretName;
    this.excluded = excluded;
    this.report = report;
    this.accounts = new ServiceAccountWriter(client, pullSecretName, fence);
    this.pullSecrets = new PullSecretWriter(client, pullSecretName, fence, Clock.systemUTC());
  }

  /**
   * Cleans all namespaces, several at a time.
   *
   * @param handOver whether pull Secrets and entries stay and only the operator's labels go
   */
  void run(boolean handOver) throws InterruptedException {
    Map<String, ObservedSecret> owned = ownedPullSecrets();
    long skipped = owned.keySet().stream().filter(excluded).count();
    if (skipped > 0) {
      report.note("%d excluded namespaces were not changed.".formatted(skipped));
    }
    ExecutorService workers = Executors.newFixedThreadPool(PARALLEL_NAMESPACES);
    owned.forEach(
        (namespace, secret) -> {
          if (!excluded.test(namespace)) {
            workers.execute(
                () ->
                    report.attempt(
                        "namespace " + namespace, () -> clean(namespace, secret, handOver)));
          }
        });
    workers.shutdown();
    // No time limit is needed: if the lease is lost, the next write fails.
    workers.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
  }

  private Map<String, ObservedSecret> ownedPullSecrets() {
    Map<String, ObservedSecret> owned = new TreeMap<>();
    report.attempt(
        "pull Secrets",
        () ->
            Pages.forEach(
                client.secrets().inAnyNamespace().withField("metadata.name", pullSecretName),
                secret -> {
                  ObservedSecret observed = ObservedSecret.of(secret);
                  if (observed.owned()) {
                    owned.put(secret.getMetadata().getNamespace(), observed);
                  }
                }));
    return owned;
  }

  private void clean(String namespace, ObservedSecret observed, boolean handOver) {
    ConflictRetry.run(
        observed,
        () -> observed(pullSecrets.read(namespace)),
        ObservedSecret::resourceVersion,
        secret -> cleanOnce(namespace, secret, handOver));
  }

  private static ObservedSecret observed(Secret secret) {
    return secret == null ? null : ObservedSecret.of(secret);
  }

  /**
   * A Secret that still has entries of others was the ACK credential helper's: it is released.
   *
   * @return whether there was anything to do
   */
  private boolean cleanOnce(String namespace, ObservedSecret secret, boolean handOver) {
    if (secret == null || !secret.owned()) {
      return false;
    }
    if (handOver || secret.keptForeignSince() != null) {
      pullSecrets.release(namespace);
      report.done(Done.HANDED_OVER);
    } else {
      unbind(namespace);
      pullSecrets.delete(namespace, secret);
      report.done(Done.PULL_SECRETS);
    }
    return true;
  }

  private void unbind(String namespace) {
    Pages.forEach(
        client.serviceAccounts().inNamespace(namespace),
        account -> {
          ObservedServiceAccount observed = ObservedServiceAccount.of(account);
          if (BindingDecision.REMOVE.isSatisfied(observed, pullSecretName)) {
            return;
          }
          accounts
              .write(namespace, account.getMetadata().getName(), observed, BindingDecision.REMOVE)
              .ifPresent(written -> report.done(Done.ENTRIES));
        });
  }
}
