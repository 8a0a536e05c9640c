// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.cleanup;

import io.acrcredential.operator.admission.webhook.AdmissionWebhook;
import io.acrcredential.operator.cleanup.CleanupReport.Done;
import io.acrcredential.operator.cleanup.PolicyCleanup.ConfigMapKeys;
import io.acrcredential.operator.configmap.CredentialHelperDetector;
import io.acrcredential.operator.configmap.parser.AcrConfigurationParser;
import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.kubernetes.WriteFence;
import io.acrcredential.operator.tokenstate.TokenStateStore;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Clock;
import java.util.function.Predicate;

/**
 * Removes everything that the operator wrote to the cluster. It finds these objects by name and
 * label, so it needs no policy, no informer and no running operator.
 */
final class Cleanup {

  private final KubernetesClient client;
  private final String credentialsNamespace;
  private final WriteFence fence;
  private final CleanupOptions options;
  private final CleanupReport report;
  private final PullSecretCleanup pullSecrets;
  private final PolicyCleanup policies;

  /**
   * @param excluded namespaces that the operator must not touch
   */
  Cleanup(
      KubernetesClient client,
      String pullSecretName,
      String credentialsNamespace,
      Predicate<String> excluded,
      WriteFence fence,
      CleanupOptions options,
      CleanupReport report,
      Clock clock) {
    this.client = client;
    this.credentialsNamespace = credentialsNamespace;
    this.fence = fence;
    this.options = options;
    this.report = report;
    this.pullSecrets = new PullSecretCleanup(client, pullSecretName, excluded, fence, report);
    this.policies = new PolicyCleanup(client, fence, options.deletePolicies(), report, clock);
  }

  /**
   * Runs all steps. A failure is reported and does not stop the others.
   *
   * @param ownedByAnother whether another installation owns the pull Secrets: then only Secrets in
   *     the credentials namespace are removed
   */
  void run(boolean ownedByAnother) throws InterruptedException {
    if (ownedByAnother) {
      removeOwnSecret(AcrConfigurationParser.KEYS_SECRET);
    } else {
      pullSecrets.run(options.handOver() || isCredentialHelperRunning());
      removeConfigMapKeys(policies.run());
    }
    removeOwnSecret(AdmissionWebhook.SECRET);
    for (int i = 0; i < TokenStateStore.SECRETS; i++) {
      removeOwnSecret(TokenStateStore.NAME + i);
    }
  }

  /**
   * While the ACK credential helper runs, it uses the pull Secrets. If its Deployment cannot be
   * read, the command fails, because it might remove what the helper uses.
   */
  private boolean isCredentialHelperRunning() {
    boolean running = CredentialHelperDetector.hasReadyPod(client);
    if (running) {
      report.note(
          "The ACK credential helper (%s/%s) runs: pull Secrets are handed over to it."
              .formatted(CredentialHelperDetector.NAMESPACE, CredentialHelperDetector.NAME));
    }
    return running;
  }

  private void removeConfigMapKeys(ConfigMapKeys keys) {
    switch (keys) {
      case UNUSED -> removeOwnSecret(AcrConfigurationParser.KEYS_SECRET);
      case USED ->
          report.note(
              "The Secret %s/%s is kept because a policy refers to it."
                  .formatted(credentialsNamespace, AcrConfigurationParser.KEYS_SECRET));
      case UNKNOWN -> {
        // The failure to read the policies is in the report already.
      }
    }
  }

  private void removeOwnSecret(String name) {
    report.attempt(
        "Secret " + credentialsNamespace + "/" + name,
        () -> {
          Resource<Secret> resource =
              client.secrets().inNamespace(credentialsNamespace).withName(name);
          Secret secret = resource.get();
          if (secret != null && Ownership.isOurs(secret)) {
            fence.permit("Secret", "delete");
            resource.delete();
            report.done(Done.STATE);
          }
        });
  }
}
