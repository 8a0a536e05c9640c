// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import io.acrcredential.operator.Settings;
import java.util.Set;

/**
 * The settings of the webhook.
 *
 * @param configuration the name of the MutatingWebhookConfiguration that calls this operator; empty
 *     = the webhook is off
 * @param host the address on which it listens
 * @param namespace of the Secret with its certificate: the credentials namespace
 * @param pullSecret the name of the pull Secret in every namespace
 * @param excluded namespaces that the operator must not touch
 * @param unbindingUsers the users whose removal of an entry is left alone
 */
public record WebhookOptions(
    String configuration,
    String host,
    int port,
    String namespace,
    String pullSecret,
    Set<String> excluded,
    Set<String> unbindingUsers) {

  /**
   * @param host the address on which the operator listens
   * @param namespace the credentials namespace
   */
  public static WebhookOptions of(Settings settings, String host, String namespace) {
    return new WebhookOptions(
        settings.webhook().configuration().orElse(""),
        host,
        settings.webhook().port(),
        namespace,
        settings.pullSecretName(),
        Settings.excludedNamespaces(settings),
        settings.webhook().unbindingUsers().orElse(Set.of()));
  }

  /** Whether there is a webhook at all. */
  public boolean isEnabled() {
    return !configuration.isEmpty();
  }
}
