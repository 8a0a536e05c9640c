package io.acrcredential.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;

/**
 * The {@code spec} as users write it; absent fields are null, the policy compiler fills them in.
 * The schema, its descriptions and its CEL rules are in {@code src/main/kubernetes/crd.yaml}.
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
    Boolean suspend) {

  /** What happens to imagePullSecrets that others wrote. */
  public enum Binding {
    /** Ours is added to what is there. */
    Append,
    /** Ours becomes the only entry, as the original component does it. */
    Replace
  }

  /** One registry whose images shall be pulled. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Registry(
      String instanceId,
      String region,
      List<String> domains,
      List<String> repositoryPrefixes,
      Credentials credentials) {}

  /** Whose identity asks for the token. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Credentials(SecretRef secretRef, Oidc oidc, AssumeRole assumeRole) {}

  /** An AccessKey pair in a Secret of the credentials namespace. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record SecretRef(String name, String accessKeyIdKey, String accessKeySecretKey) {}

  /** A role taken by the operator's own ServiceAccount token: RRSA. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Oidc(String roleArn, String providerArn, Integer durationSeconds) {}

  /** A role, perhaps of another account, taken by the identity before it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record AssumeRole(
      String roleArn,
      String externalId,
      String sessionName,
      Integer durationSeconds,
      String sessionPolicy) {}

  /** Which ServiceAccounts of which namespaces. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Targets(Namespaces namespaces, ServiceAccounts serviceAccounts) {}

  /** Which namespaces. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Namespaces(List<String> names, LabelSelector selector, List<String> exclude) {}

  /** Which ServiceAccounts of those namespaces. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record ServiceAccounts(List<String> names, LabelSelector selector) {}
}
