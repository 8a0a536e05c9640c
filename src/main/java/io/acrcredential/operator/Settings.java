package io.acrcredential.operator;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;
import java.util.Set;

/**
 * All that can be set, by environment variable: {@code ACR_REGION} is {@link #region()}. The one
 * family of names that a mapping cannot hold, {@code ACR_ENDPOINT_REGISTRY_<REGION>}, is read where
 * the endpoints are made.
 */
@ConfigMapping(prefix = "acr")
public interface Settings {

  /** The cluster's region, for registries that name none. */
  Optional<String> region();

  /** Which of the service's networks is used. */
  @WithDefault("auto")
  Network network();

  /** Where the services are. */
  Endpoint endpoint();

  /** The legacy ConfigMap, {@code namespace/name}; empty = off. */
  @WithDefault("kube-system/acr-configuration")
  Optional<String> configMap();

  /** Where {@code secretRef}, {@code alibaba-addon-secret} and the state are; see {@link Where}. */
  Optional<String> credentialsNamespace();

  /** The name of the pull Secret in every namespace; the default is the original component's. */
  @WithDefault("acr-credential-secret-aggregation")
  String pullSecretName();

  /** Never touched, whatever a policy says. */
  Optional<Set<String>> excludedNamespaces();

  /** Where managed ACK puts the encrypted credentials of an add-on. */
  @WithDefault("/var/addon/token-config")
  String tokenFile();

  /** Ceiling per account and region; bursts of one second's worth. */
  @WithDefault("10")
  double requestsPerSecond();

  /** The network between the cluster and the services. */
  enum Network {
    AUTO,
    PUBLIC,
    VPC
  }

  /** Base URLs, with {@code {network}} and {@code {region}} to be filled in. */
  interface Endpoint {

    /** ACR OpenAPI of both editions. */
    @WithDefault("https://cr{network}.{region}.aliyuncs.com")
    String registry();

    /** STS; the central host where the cluster's region is unknown or its host does not answer. */
    @WithDefault("https://sts{network}.{region}.aliyuncs.com")
    String sts();

    /** ECS metadata; empty = none. */
    @WithDefault("http://100.100.100.200")
    Optional<String> metadata();
  }
}
