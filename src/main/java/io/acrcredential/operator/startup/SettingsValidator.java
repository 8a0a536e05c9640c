// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.startup;

import io.acrcredential.operator.Settings;
import io.acrcredential.operator.StartException;
import io.acrcredential.operator.alibabacloud.EndpointUrl;
import io.acrcredential.operator.endpoint.CaBundle;
import io.acrcredential.operator.policy.ValueFormat;
import io.acrcredential.operator.text.TextSanitizer;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Checks at start what the type of a setting cannot express. */
final class SettingsValidator {

  /** Of a namespace, as Kubernetes accepts it. */
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  /** Of a Secret; the Lease of the same name has a suffix, so the length is limited further. */
  private static final Pattern SUBDOMAIN =
      Pattern.compile(
          "(?=.{1,240}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private static final int MAX_PORT = 65_535;
  private static final String REGISTRY_ENDPOINT = "ACR_ENDPOINT_REGISTRY";

  private SettingsValidator() {}

  /**
   * @throws StartException naming the environment variable and what it must be
   */
  static void validate(Settings settings) {
    validate(settings, System.getenv());
  }

  /**
   * @param environment for the variables that do not fit into {@link Settings}
   */
  static void validate(Settings settings, Map<String, String> environment) {
    settings
        .region()
        .ifPresent(
            region ->
                require(
                    "ACR_REGION",
                    region,
                    ValueFormat.REGION.matches(region),
                    ValueFormat.REGION.fix()));
    settings
        .credentialsNamespace()
        .ifPresent(
            name ->
                require(
                    "ACR_CREDENTIALS_NAMESPACE",
                    name,
                    LABEL.matcher(name).matches(),
                    "write the name of a namespace"));
    settings.configMap().ifPresent(SettingsValidator::requireConfigMap);
    require(
        "ACR_PULL_SECRET_NAME",
        settings.pullSecretName(),
        SUBDOMAIN.matcher(settings.pullSecretName()).matches(),
        "write a name for Secrets: lower-case letters, digits, - and ., at most 240 characters");
    Settings.excludedNamespaces(settings).forEach(SettingsValidator::requireNamespace);
    require(
        "ACR_REQUESTS_PER_SECOND",
        String.valueOf(settings.requestsPerSecond()),
        settings.requestsPerSecond() > 0 && Double.isFinite(settings.requestsPerSecond()),
        "write a number above 0");
    settings
        .statusPage()
        .port()
        .ifPresent(
            port ->
                require(
                    "ACR_STATUS_PAGE_PORT",
                    String.valueOf(port),
                    port >= 0 && port <= MAX_PORT,
                    "write a port from 1 to 65535, or 0 to switch the page off"));
    settings.caBundle().ifPresent(CaBundle::requireValid);
    validateEndpoints(settings.endpoint(), environment);
  }

  private static void requireConfigMap(String name) {
    String[] parts = name.split("/", -1);
    require(
        "ACR_CONFIG_MAP",
        name,
        parts.length == 2
            && LABEL.matcher(parts[0]).matches()
            && SUBDOMAIN.matcher(parts[1]).matches(),
        "write namespace/name, or leave it empty to switch the ConfigMap off");
  }

  /** Namespaces are excluded by name, also at admission, which knows no patterns. */
  private static void requireNamespace(String name) {
    require(
        "ACR_EXCLUDED_NAMESPACES",
        name,
        LABEL.matcher(name).matches(),
        "patterns are not supported; write the names of namespaces with commas between them");
  }

  private static void validateEndpoints(
      Settings.Endpoint endpoint, Map<String, String> environment) {
    requireUrl(REGISTRY_ENDPOINT, endpoint.registry(), false);
    endpoint.sts().ifPresent(url -> requireUrl("ACR_ENDPOINT_STS", url, false));
    endpoint.metadata().ifPresent(url -> requireUrl("ACR_ENDPOINT_METADATA", url, true));
    new TreeMap<>(environment)
        .forEach(
            (variable, url) -> {
              if (variable.startsWith(REGISTRY_ENDPOINT) && !variable.equals(REGISTRY_ENDPOINT)) {
                requireRegion(variable);
                requireUrl(variable, url, false);
              }
            });
  }

  /** The end of the variable is a region, in upper case and with underscores. */
  private static void requireRegion(String variable) {
    String suffix = variable.substring(REGISTRY_ENDPOINT.length());
    String region = suffix.replaceFirst("^_", "").toLowerCase(Locale.ROOT).replace('_', '-');
    if (!suffix.startsWith("_") || !ValueFormat.REGION.matches(region)) {
      throw new StartException(
          variable + " names no region: write the region at its end, such as CN_HANGZHOU");
    }
  }

  private static void requireUrl(String variable, String url, boolean metadata) {
    String sample = url.replace("{network}", "-vpc").replace("{region}", "cn-hangzhou");
    Optional<String> problem =
        metadata ? EndpointUrl.metadataProblem(sample) : EndpointUrl.problem(sample);
    problem.ifPresent(
        text -> require(variable, url, false, text + "; write a URL such as https://host"));
  }

  private static void require(String variable, String value, boolean valid, String fix) {
    if (!valid) {
      throw new StartException(variable + " is \"" + TextSanitizer.clean(value) + "\": " + fix);
    }
  }
}
