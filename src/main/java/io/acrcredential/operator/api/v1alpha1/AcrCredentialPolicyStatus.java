// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The {@code status}, shown by {@code kubectl get acrpol}. All times are RFC 3339, in UTC, to the
 * second.
 *
 * @param fresh number of registries with a valid token / number of registries: {@code 3/3}
 * @param bound number of bound ServiceAccounts / number of selected ones: {@code 57/57}
 * @param nextRefreshAt when the next registry token is refreshed
 * @param namespaces how many namespaces the policy covers
 * @param serviceAccounts how many ServiceAccounts reference the pull Secret because of this policy
 * @param refreshRequestedAt the value of the annotation {@value
 *     AcrCredentialPolicy#REFRESH_REQUESTED_AT} that was handled last; null = none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AcrCredentialPolicyStatus(
    Long observedGeneration,
    List<Condition> conditions,
    List<RegistryStatus> registries,
    String fresh,
    String bound,
    String nextRefreshAt,
    Integer namespaces,
    Integer serviceAccounts,
    String refreshRequestedAt) {

  /** The condition of this type; empty = there is none. */
  public Optional<Condition> condition(String type) {
    return Stream.ofNullable(conditions)
        .flatMap(List::stream)
        .filter(condition -> condition.getType().equals(type))
        .findFirst();
  }

  /**
   * Whether the condition of this type is True for the given generation of the spec. A status that
   * was computed for an earlier one says nothing about it.
   */
  public boolean isTrue(String type, long generation) {
    return condition(type)
        .filter(condition -> condition.getStatus().equals("True"))
        .filter(condition -> Objects.equals(condition.getObservedGeneration(), generation))
        .isPresent();
  }

  /** State of a registry's token. */
  public enum State {
    /** There is a valid token. */
    Fresh,
    /** The first token is being fetched. */
    Pending,
    /** The last refresh failed; the last token is still valid and stays in use. */
    Stale,
    /** There is no valid token, or no domain to use it for. */
    Failed,
    /** The values of the item are invalid; nothing is fetched. */
    Invalid,
    /** The policy is suspended; nothing is fetched. */
    Suspended
  }

  /**
   * One per item of {@code spec.registries}, in its order.
   *
   * @param refreshBeforePolicy the policy whose {@code refreshBefore} sets nextRefreshAt
   * @param clockOffsetSeconds how far the clock of ACR is ahead of the operator's; null = they
   *     agree
   */
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
      String refreshBeforePolicy,
      Long clockOffsetSeconds,
      RegistryError error) {}

  /**
   * Why the last refresh failed.
   *
   * @param code the error code of the service, or the operator's own if no service answered
   * @param advice one sentence: what to do
   * @param requestId the ID of the request, for Alibaba Cloud support
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record RegistryError(
      String code, String message, String advice, String requestId, String at) {}
}
