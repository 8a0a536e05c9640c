// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.text.Spelling;
import io.acrcredential.operator.text.TextSanitizer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Environment variables that look like settings but are none, most often misspelled ones. */
final class UnknownVariables {

  /** Those of {@link io.acrcredential.operator.Settings}. */
  static final Set<String> KNOWN =
      Set.of(
          "ACR_CA_BUNDLE",
          "ACR_CONFIG_MAP",
          "ACR_CREDENTIALS_NAMESPACE",
          "ACR_ENDPOINT_METADATA",
          "ACR_ENDPOINT_REGISTRY",
          "ACR_ENDPOINT_STS",
          "ACR_EXCLUDED_NAMESPACES",
          "ACR_INJECT_PODS",
          "ACR_METADATA_HARDENED_ONLY",
          "ACR_NETWORK",
          "ACR_PULL_SECRET_NAME",
          "ACR_REGION",
          "ACR_REQUESTS_PER_SECOND",
          "ACR_STATUS_PAGE_PORT",
          "ACR_STUCK_PODS",
          "ACR_TOKEN_FILE",
          "ACR_WEBHOOK_CONFIGURATION",
          "ACR_WEBHOOK_PORT",
          "ACR_WEBHOOK_UNBINDING_USERS");

  /** Of one region; checked by {@link SettingsValidator}. */
  private static final String REGION_ENDPOINT = "ACR_ENDPOINT_REGISTRY_";

  /**
   * What Kubernetes sets for each Service of the namespace, such as {@code
   * ACR_CREDENTIAL_OPERATOR_SERVICE_HOST} and {@code ACR_CREDENTIAL_OPERATOR_PORT_8080_TCP_ADDR}.
   */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP|SCTP)(_.*)?)?)");

  private UnknownVariables() {}

  /** A sentence for each such variable, without its value, in alphabetical order. */
  static List<String> warnings(Set<String> environment) {
    return new TreeSet<>(environment)
        .stream()
            .filter(name -> name.startsWith("ACR_"))
            .filter(name -> !KNOWN.contains(name) && !name.startsWith(REGION_ENDPOINT))
            .filter(name -> !SERVICE_LINK.matcher(name).matches())
            .map(
                name ->
                    "The environment variable %s is not a setting of the operator and has no effect%s"
                        .formatted(TextSanitizer.clean(name), Spelling.suggestion(name, KNOWN)))
            .toList();
  }
}
