// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;

/**
 * The {@code spec} as users write it. Absent fields are null; defaults are filled in when the
 * policy is validated. The schema with its descriptions and CEL rules is {@code
 * src/main/kubernetes/crd.yaml}.
 *
 * @param refreshBefore a Go duration such as {@code 15m}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AcrCredentialPolicySpec(
    List<Registry> registries,
    Targets targets,
    Binding binding,
    String refreshBefore,
    String email,
    Boolean bindAtCreation,
    Boolean injectPods,
    Boolean healPods,
    Boolean suspend) {

  /** How to treat imagePullSecrets of others. */
  public enum Binding {
    /** Add the pull Secret to the existing entries. */
    Append,
    /** Make the pull Secret the only entry, as the ACK credential helper does. */
    Replace
  }

  /** One registry to pull images from. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Registry(
      String instanceId,
      String region,
      List<String> domains,
      List<String> repositoryPrefixes,
      Credentials credentials) {}

  /** The identity that requests the token; null = the operator's own. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Credentials(SecretRef secretRef, Oidc oidc, AssumeRole assumeRole) {}

  /** An AccessKey pair in a Secret of the credentials namespace. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record SecretRef(String name, String accessKeyIdKey, String accessKeySecretKey) {}

  /** A RAM role assumed with the operator's own ServiceAccount token (RRSA). */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Oidc(String roleArn, String providerArn, Integer durationSeconds) {}

  /** A RAM role, possibly of another account, assumed by the identity given beside it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record AssumeRole(
      String roleArn,
      String externalId,
      String sessionName,
      Integer durationSeconds,
      String sessionPolicy) {}

  /** The ServiceAccounts that get the pull Secret. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Targets(Namespaces namespaces, ServiceAccounts serviceAccounts) {}

  /** Selects namespaces. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Namespaces(List<String> names, LabelSelector selector, List<String> exclude) {}

  /** Selects ServiceAccounts in these namespaces. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record ServiceAccounts(List<String> names, LabelSelector selector) {}
}
