package io.acrcredential.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/**
 * What users see with {@code kubectl get acrpol}. All times are RFC 3339, in UTC, to the second.
 *
 * @param fresh registries with a valid token, of all: {@code 3/3}
 * @param nextRefreshAt when the first of the registries is due
 * @param namespaces how many namespaces the policy covers
 * @param serviceAccounts how many ServiceAccounts carry the pull Secret because of this policy
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AcrCredentialPolicyStatus(
    Long observedGeneration,
    List<Condition> conditions,
    List<RegistryStatus> registries,
    String fresh,
    String nextRefreshAt,
    Integer namespaces,
    Integer serviceAccounts) {

  /** How far a registry's token is. */
  public enum State {
    /** A valid token is there. */
    Fresh,
    /** The first token is being fetched. */
    Pending,
    /** The last refresh failed; the last token, still valid, stays in use. */
    Stale,
    /** There is no valid token. */
    Failed,
    /** The item's own values are wrong; nothing is fetched. */
    Invalid,
    /** The policy is suspended; nothing is fetched. */
    Suspended
  }

  /** One per item of {@code spec.registries}, in its order. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record RegistryStatus(
      String instanceId,
      String region,
      List<String> domains,
      State state,
      String identity,
      String expiresAt,
      String refreshedAt,
      String nextRefreshAt,
      RegistryError error) {}

  /**
   * Why the last refresh failed.
   *
   * @param code the service's own code, or ours where no service answered
   * @param advice one sentence: what to do
   * @param requestId what Alibaba Cloud's support asks for
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record RegistryError(
      String code, String message, String advice, String requestId, String at) {}
}
