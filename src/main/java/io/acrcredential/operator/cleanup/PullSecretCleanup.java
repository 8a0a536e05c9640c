// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.cleanup.CleanupReport.Done;
import io.acrcredential.operator.kubernetes.ConflictRetry;
import io.acrcredential.operator.kubernetes.Pages;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.pullsecret.ObservedSecret;
import io.acrcredential.operator.pullsecret.PullSecretWriter;
import io.acrcredential.operator.serviceaccount.AdmissionBinding;
import io.acrcredential.operator.serviceaccount.BindingDecision;
import io.acrcredential.operator.serviceaccount.ObservedServiceAccount;
import io.acrcredential.operator.serviceaccount.ServiceAccountWriter;
import io.acrcredential.operator.text.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Removes the pull Secrets and the ServiceAccount entries that name them. In each namespace the
 * entries are removed first and the pull Secret last, because its annotation shows that the entries
 * are the operator's: so the cleanup may be interrupted at any time and run again. Entries in a
 * namespace without a Secret of that name are the operator's too: they were added at admission.
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
    this.accounts = new ServiceAccountWriter(client, pullSecretName, fence, AdmissionBinding.NONE);
    this.pullSecrets = new PullSecretWriter(client, pullSecretName, fence, Clock.systemUTC());
  }

  /**
   * Cleans all namespaces, several at a time.
   *
   * @param handOver whether pull Secrets and entries stay and only the operator's labels go
   */
  void run(boolean handOver) throws InterruptedException {
    Map<String, ObservedSecret> secrets = new TreeMap<>();
    boolean listed =
        report.attempt(
            "pull Secrets",
            () ->
                Pages.forEach(
                    client.secrets().inAnyNamespace().withField("metadata.name", pullSecretName),
                    secret ->
                        secrets.put(
                            secret.getMetadata().getNamespace(), ObservedSecret.of(secret))));
    Map<String, ObservedSecret> owned = new TreeMap<>(secrets);
    owned.values().removeIf(secret -> !secret.owned());
    int skipped = (int) owned.keySet().stream().filter(excluded).count();
    if (skipped > 0) {
      report.note(
          "%s %s not changed."
              .formatted(
                  Quantity.of(skipped, "excluded namespace"), skipped == 1 ? "was" : "were"));
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
    // Entries that are handed over stay, with or without a Secret.
    if (listed && !handOver) {
      report.attempt("ServiceAccounts", () -> unbindWithoutSecret(secrets.keySet()));
    }
  }

  /**
   * @param withSecret namespaces that had a Secret of the name: their entries were removed with it,
   *     or are not the operator's
   */
  private void unbindWithoutSecret(Set<String> withSecret) {
    Pages.forEach(
        client.serviceAccounts().inAnyNamespace(),
        account -> {
          String namespace = account.getMetadata().getNamespace();
          if (!withSecret.contains(namespace) && !excluded.test(namespace)) {
            report.attempt("namespace " + namespace, () -> unbind(account));
          }
        });
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
    Pages.forEach(client.serviceAccounts().inNamespace(namespace), this::unbind);
  }

  private void unbind(ServiceAccount account) {
    ObservedServiceAccount observed = ObservedServiceAccount.of(account);
    if (BindingDecision.REMOVE.isSatisfied(observed, pullSecretName)) {
      return;
    }
    accounts
        .write(
            account.getMetadata().getNamespace(),
            account.getMetadata().getName(),
            observed,
            BindingDecision.REMOVE,
            false)
        .ifPresent(written -> report.done(Done.ENTRIES));
  }
}
