// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.admission.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.acrcredential.operator.admission.webhook.AdmissionReviewer.MalformedReviewException;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CoverageIT compares which objects it covers with the admission policy and the operator. */
class AdmissionReviewerTest {

  private static final String OPERATOR = "system:serviceaccount:acr:acr";
  private static final String NEW_LIST =
      "[{\"op\":\"add\",\"path\":\"/imagePullSecrets\",\"value\":[{\"name\":\"pull\"}]}]";
  private static final String APPENDED =
      "[{\"op\":\"add\",\"path\":\"/imagePullSecrets/-\",\"value\":{\"name\":\"pull\"}}]";
  private static final String WITHOUT = account("");
  private static final String WITH = account("imagePullSecrets: [{name: own}, {name: pull}]");

  private final CoveringPolicies policies = new CoveringPolicies();
  private final AdmissionReviewer reviewer =
      new AdmissionReviewer(
          policies,
          namespace ->
              Future.succeededFuture(
                  namespace.equals("unknown") ? Optional.empty() : Optional.of(Map.of("a", "b"))),
          new EntryPatch("pull"),
          Set.of("excluded"),
          Set.of(OPERATOR));

  private static String account(String rest) {
    return """
    apiVersion: v1
    kind: ServiceAccount
    metadata: {name: app, namespace: team}
    %s
    """
        .formatted(rest);
  }

  private static AcrCredentialPolicy policy(String name) {
    return Serialization.unmarshal(
        """
        apiVersion: acrcredential.io/v1alpha1
        kind: AcrCredentialPolicy
        metadata: {name: %s}
        spec:
          registries: [{instanceId: cri-abc}]
          targets: {namespaces: {names: ['*']}, serviceAccounts: {names: ['*']}}
        """
            .formatted(name),
        AcrCredentialPolicy.class);
  }

  private String patch(ObjectNode review) {
    JsonNode answer = reviewer.answer(review).result();
    assertThat(answer.at("/response/allowed").asBoolean()).isTrue();
    assertThat(answer.at("/response/uid")).isEqualTo(review.at("/request/uid"));
    assertThat(answer.path("apiVersion").asText()).isEqualTo("admission.k8s.io/v1");
    return Reviews.patch(answer);
  }

  @Test
  void appendsTheEntryOnceHoweverManyPoliciesCover() {
    // given
    policies.put(policy("one"));
    policies.put(policy("two"));

    // then
    assertThat(patch(Reviews.create(WITHOUT))).isEqualTo(NEW_LIST);
    assertThat(patch(Reviews.create(account("imagePullSecrets: []")))).isEqualTo(NEW_LIST);
    assertThat(patch(Reviews.create(account("imagePullSecrets: [{name: own}]"))))
        .isEqualTo(APPENDED);
    assertThat(patch(Reviews.create(account("imagePullSecrets: [{}]")))).isEqualTo(APPENDED);
    assertThat(patch(Reviews.create(WITH))).isEmpty();
    assertThat(patch(Reviews.update("somebody", WITH, WITHOUT))).isEqualTo(NEW_LIST);
  }

  @Test
  void changesNothingWithoutAPolicyThatCovers() {
    // given
    assertThat(patch(Reviews.create(WITHOUT))).as("no policy").isEmpty();
    AcrCredentialPolicy policy = policy("one");
    policies.put(policy);
    assertThat(patch(Reviews.create(WITHOUT))).isNotEmpty();

    // when it is being deleted
    policy.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    policies.put(policy);
    assertThat(patch(Reviews.create(WITHOUT))).isEmpty();

    // when it is deleted
    policies.put(policy("two"));
    policies.remove(policy("two"));
    assertThat(patch(Reviews.create(WITHOUT))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: excluded}}",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: unknown}}",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: team,"
            + " deletionTimestamp: '2026-01-01T00:00:00Z'}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: app, namespace: team}}"
      })
  void changesNothingElse(String object) {
    // given
    policies.put(policy("one"));

    // then
    assertThat(patch(Reviews.create(object))).isEmpty();
  }

  @Test
  void leavesAloneWhatTheOperatorRemoves() {
    // given
    policies.put(policy("one"));
    ObjectNode removal = Reviews.update(OPERATOR, WITH, WITHOUT);
    assertThat(patch(removal)).isEmpty();

    // when it gives the fields back to their owner
    String before = WITHOUT.replace("namespace: team", "namespace: team, managedFields: [{a: b}]");
    String after = WITHOUT.replace("namespace: team", "namespace: team, managedFields: [{a: c}]");
    assertThat(patch(Reviews.update(OPERATOR, before, after))).isEmpty();

    // when it binds by an empty patch
    assertThat(patch(Reviews.update(OPERATOR, before, before))).isEqualTo(NEW_LIST);

    // when it tries in a dry run whether the webhook works
    ((ObjectNode) removal.path("request")).put("dryRun", true);
    assertThat(patch(removal)).isEqualTo(NEW_LIST);

    // when it creates
    ObjectNode creation = Reviews.create(WITHOUT);
    ((ObjectNode) creation.path("request")).putObject("userInfo").put("username", OPERATOR);
    assertThat(patch(creation)).isEqualTo(NEW_LIST);
  }

  private static String pod(String spec) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {generateName: app-, namespace: team}
    spec: {containers: [{name: app, image: app}]%s}
    """
        .formatted(spec);
  }

  private static AcrCredentialPolicy injecting(String name) {
    AcrCredentialPolicy policy = policy(name);
    AcrCredentialPolicySpec spec = policy.getSpec();
    policy.setSpec(
        new AcrCredentialPolicySpec(
            spec.registries(), spec.targets(), null, null, null, false, true, null, null));
    return policy;
  }

  @Test
  void appendsTheEntryToNewPodsOnce() {
    // given
    policies.put(injecting("one"));
    policies.put(injecting("two"));
    String newList = NEW_LIST.replace("/image", "/spec/image");
    String appended = APPENDED.replace("/image", "/spec/image");

    // then
    assertThat(patch(Reviews.create(pod("")))).isEqualTo(newList);
    assertThat(patch(Reviews.create(pod(", imagePullSecrets: []")))).isEqualTo(newList);
    assertThat(patch(Reviews.create(pod(", imagePullSecrets: [{name: own}]")))).isEqualTo(appended);
    assertThat(patch(Reviews.create(pod(", imagePullSecrets: [{}]")))).isEqualTo(appended);
    assertThat(patch(Reviews.create(pod(", imagePullSecrets: [{name: pull}, {name: own}]"))))
        .isEmpty();
  }

  @Test
  void leavesOtherPodsAlone() {
    // given
    policies.put(policy("binds"));
    assertThat(patch(Reviews.create(pod("")))).as("no policy injects").isEmpty();
    policies.put(injecting("injects"));
    String pod = pod("");
    assertThat(patch(Reviews.create(pod))).isNotEmpty();

    // then
    assertThat(patch(Reviews.update("somebody", pod, pod))).as("an update").isEmpty();
    String mirror = "namespace: team, annotations: {kubernetes.io/config.mirror: abc}";
    assertThat(patch(Reviews.create(pod.replace("namespace: team", mirror)))).isEmpty();
    assertThat(patch(Reviews.create(pod.replace("team", "excluded")))).isEmpty();
    assertThat(patch(Reviews.create(pod.replace("team", "unknown")))).isEmpty();
    assertThat(patch(Reviews.create(WITHOUT))).as("a ServiceAccount of the other").isNotEmpty();
    policies.remove(policy("binds"));
    assertThat(patch(Reviews.create(WITHOUT))).as("bindAtCreation: false").isEmpty();
  }

  @Test
  void refusesWhatIsNoReview() {
    // given
    ObjectNode review = Reviews.create(WITHOUT);
    ((ObjectNode) review.path("request")).remove("uid");

    // then
    assertThat(reviewer.answer(review).cause()).isInstanceOf(MalformedReviewException.class);
  }
}
