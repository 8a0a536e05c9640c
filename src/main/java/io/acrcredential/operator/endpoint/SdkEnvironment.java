// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.endpoint;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.function.Function;

/**
 * The environment variables that Alibaba Cloud's SDKs read, with the meaning that they have there.
 * The operator's own settings, {@code ACR_*}, take precedence. Sources: aliyun/credentials-java
 * 1.0.3, utils/AuthUtils.java; aliyun/credentials-go, credentials/providers/ecs_ram_role.go and
 * oidc.go; for the STS endpoint AliyunContainerService/ack-ram-tool,
 * pkg/credentials/provider/env_provider.go and oidc_provider.go.
 */
@Singleton
public final class SdkEnvironment {

  /** The name of the variable with the endpoint of STS. */
  public static final String STS_ENDPOINT = "ALIBABA_CLOUD_STS_ENDPOINT";

  private static final String VPC_ENDPOINT_ENABLED = "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED";
  private static final String METADATA_DISABLED = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
  private static final String IMDS_V1_DISABLED = "ALIBABA_CLOUD_IMDSV1_DISABLED";

  /** The name of the variable with the session name of assumed roles. */
  public static final String ROLE_SESSION_NAME = "ALIBABA_CLOUD_ROLE_SESSION_NAME";

  /** The name of the variable with the RAM role of the ECS instance. */
  public static final String ECS_ROLE = "ALIBABA_CLOUD_ECS_METADATA";

  private final Function<String, Optional<String>> variables;

  @Inject
  SdkEnvironment() {
    this(name -> Optional.ofNullable(System.getenv(name)));
  }

  /**
   * @param variables the value of a variable by its name
   */
  public SdkEnvironment(Function<String, Optional<String>> variables) {
    this.variables = variables;
  }

  /** The URL of STS. The variable has a host, or a URL. */
  public Optional<String> stsUrl() {
    return value(STS_ENDPOINT)
        .map(endpoint -> endpoint.replaceFirst("/+$", ""))
        .map(endpoint -> endpoint.contains("://") ? endpoint : "https://" + endpoint);
  }

  /** Whether STS is called at its VPC endpoint; empty = not said. */
  public Optional<Boolean> isVpcEndpointEnabled() {
    return value(VPC_ENDPOINT_ENABLED).map("true"::equalsIgnoreCase);
  }

  /** The session name of assumed roles. */
  public Optional<String> roleSessionName() {
    return value(ROLE_SESSION_NAME);
  }

  /** The RAM role of the ECS instance, which then is not requested from the metadata service. */
  public Optional<String> ecsRole() {
    return value(ECS_ROLE);
  }

  /**
   * Whether no credentials are requested from the ECS metadata service. Other metadata, such as the
   * region, is.
   */
  public boolean isEcsMetadataDisabled() {
    return isTrue(METADATA_DISABLED) && value("ACR_ENDPOINT_METADATA").isEmpty();
  }

  /** Whether only the hardened mode of the ECS metadata service may be used. */
  public boolean isImdsV1Disabled() {
    return isTrue(IMDS_V1_DISABLED);
  }

  private boolean isTrue(String name) {
    return value(name).filter("true"::equalsIgnoreCase).isPresent();
  }

  private Optional<String> value(String name) {
    return variables.apply(name).map(String::strip).filter(value -> !value.isEmpty());
  }
}
