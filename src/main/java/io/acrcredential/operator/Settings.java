// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All settings. Each is an environment variable: {@code ACR_REGION} is {@link #region()}. Variables
 * named {@code ACR_ENDPOINT_REGISTRY_<REGION>} do not fit into a mapping; {@code
 * alibabacloud.Endpoints} reads them.
 */
@ConfigMapping(prefix = "acr")
public interface Settings {

  /** The region of the cluster, for registries without a region. */
  Optional<String> region();

  /** The network on which the operator calls Alibaba Cloud. */
  @WithDefault("auto")
  Network network();

  /** The endpoints of Alibaba Cloud. */
  Endpoint endpoint();

  /** The ConfigMap of the ACK credential helper, {@code namespace/name}; empty = not watched. */
  @WithDefault("kube-system/acr-configuration")
  Optional<String> configMap();

  /**
   * The namespace of the Secrets in {@code secretRef}, of {@code alibaba-addon-secret} and of the
   * state Secrets. The default is the namespace of the pod.
   */
  Optional<String> credentialsNamespace();

  /**
   * The name of the pull Secret in every namespace; by default that of the ACK credential helper.
   */
  @WithDefault("acr-credential-secret-aggregation")
  String pullSecretName();

  /** Namespaces in which the operator writes nothing, even if a policy selects them. */
  Optional<Set<String>> excludedNamespaces();

  /** {@link #excludedNamespaces()} without the blanks that users write after commas. */
  static Set<String> excludedNamespaces(Settings settings) {
    return withoutBlanks(settings.excludedNamespaces().orElse(Set.of()));
  }

  /** The names of a list that users write, without blanks and empty ones. */
  static Set<String> withoutBlanks(Collection<String> names) {
    return names.stream()
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The file in which ACK managed clusters provide the encrypted credentials of an add-on. */
  @WithDefault("/var/addon/token-config")
  String tokenFile();

  /**
   * Whether credentials are requested from the ECS metadata service in its hardened mode only. The
   * default is {@code ALIBABA_CLOUD_IMDSV1_DISABLED}, or false.
   */
  Optional<Boolean> metadataHardenedOnly();

  /**
   * A file of CA certificates (PEM) for the calls to ACR and STS, instead of the default CAs. It is
   * read again when it changes.
   */
  Optional<String> caBundle();

  /**
   * What the operator does about pods that were created too early to get the pull Secret. It needs
   * permissions for all but {@code ignore}.
   */
  @WithDefault("ignore")
  StuckPods stuckPods();

  /**
   * Whether the installation adds the pull Secret to new pods, by an admission policy or the
   * admission webhook, for policies that ask for it. The operator may not read admission policies.
   */
  @WithDefault("false")
  boolean injectPods();

  /** The rate limit of calls per account and region; bursts have the calls of one second. */
  @WithDefault("10")
  double requestsPerSecond();

  /** The admission webhook, for clusters without MutatingAdmissionPolicy. */
  Webhook webhook();

  /** The admission webhook. */
  interface Webhook {

    /**
     * The name of the MutatingWebhookConfiguration that calls the operator; empty = there is none,
     * and no port is opened.
     */
    Optional<String> configuration();

    /** The port on which the operator serves the webhook. */
    @WithDefault("9443")
    int port();

    /** The users whose removal of an entry the webhook leaves alone: the operator and cleanup. */
    Optional<Set<String>> unbindingUsers();
  }

  /** The status page. */
  StatusPage statusPage();

  /** The status page. */
  interface StatusPage {

    /** The port of loopback on which the operator serves the page; empty or 0 = there is none. */
    OptionalInt port();
  }

  /** The network between the cluster and the services. */
  enum Network {
    AUTO,
    PUBLIC,
    VPC
  }

  /** What is done about pods that were created too early. */
  enum StuckPods {
    /** Nothing; pods are not watched. */
    IGNORE,
    /** An Event on the pod says what to do. */
    REPORT,
    /** Pods are evicted if a policy asks for it. */
    HEAL
  }

  /** Base URLs with the placeholders {@code {network}} and {@code {region}}. */
  interface Endpoint {

    /** ACR OpenAPI of both editions. */
    @WithDefault("https://cr{network}.{region}.aliyuncs.com")
    String registry();

    /**
     * STS; the central endpoint is used if the region is unknown or its endpoint does not answer.
     * The default is {@code https://sts{network}.{region}.aliyuncs.com}, with the exceptions of the
     * official SDKs.
     */
    Optional<String> sts();

    /** The metadata service of ECS; empty = not used. */
    @WithDefault("http://100.100.100.200")
    Optional<String> metadata();
  }
}
