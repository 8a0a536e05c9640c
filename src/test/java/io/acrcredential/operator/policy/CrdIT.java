// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicy;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicyStatus;
import io.acrcredential.operator.testkit.Edits;
import io.acrcredential.operator.testkit.KubeCluster;
import io.acrcredential.operator.testkit.Manifests;
import io.acrcredential.operator.testkit.RequiresRealCluster;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The CRD on a real API server. */
@RequiresRealCluster
class CrdIT {

  private static KubeCluster cluster;
  private static KubernetesClient client;

  @BeforeAll
  static void start() {
    cluster = KubeCluster.start();
    client = cluster.client();
    Manifests.create(client, Manifests.read(CrdTest.FILE));
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @ParameterizedTest
  @MethodSource("io.acrcredential.operator.policy.SpecTable#rows")
  void agreesWithPolicyCompiler(SpecTable.Row row) {
    // when
    KubernetesClientException refusal = refusal(row.yaml("table"));

    // then
    if (row.isValid()) {
      assertThat(refusal).isNull();
    } else {
      assertThat(refusal).isNotNull();
      assertThat(refusal.getStatus().getDetails().getCauses())
          .extracting(StatusCause::getField)
          .filteredOn(field -> !field.equals("<nil>")) // "some validation rules were not checked"
          .allSatisfy(field -> assertThat(field).startsWith(row.field()))
          .isNotEmpty();
    }
  }

  @Test
  void rejectsInvalidValueWithAdvice() {
    // when
    KubernetesClientException refusal =
        refusal(
            new SpecTable.Row("{registries: [{region: 华东1}], refreshBefore: 15 minutes}", "")
                .yaml("wrong"));

    // then; an older API server names the type where a newer one names the value
    assertThat(refusal)
        .hasMessageFindingMatch(
            "spec\\.registries\\[0]\\.region: Invalid value: \"(华东1|string)\": write a region id")
        .hasMessageFindingMatch(
            "spec\\.refreshBefore: Invalid value: \"(15 minutes|string)\": write a positive");
  }

  @Test
  void storesDefaults() {
    // when
    AcrCredentialPolicy stored =
        client
            .resource(
                new SpecTable.Row(
                        "{registries: [{credentials: {secretRef: {name: b}}},"
                            + " {credentials: {oidc: {roleArn: 'acs:ram::1:role/a', providerArn:"
                            + " 'acs:ram::1:oidc-provider/x'}, assumeRole: {roleArn:"
                            + " 'acs:ram::2:role/b'}}}]}",
                        null)
                    .policy("defaults"))
            .create();

    // then
    assertThat(Serialization.asYaml(stored.getSpec()))
        .isEqualTo(
            Serialization.asYaml(
                new SpecTable.Row(
                        "{registries: [{credentials: {secretRef: {name: b, accessKeyIdKey:"
                            + " access-key-id, accessKeySecretKey: access-key-secret}}},"
                            + " {credentials: {oidc: {roleArn: 'acs:ram::1:role/a', providerArn:"
                            + " 'acs:ram::1:oidc-provider/x', durationSeconds: 3600}, assumeRole:"
                            + " {roleArn: 'acs:ram::2:role/b', sessionName:"
                            + " acr-credential-operator, durationSeconds: 3600}}}], binding:"
                            + " Append, refreshBefore: 15m, bindAtCreation: true, injectPods: false,"
                            + " healPods: false, suspend: false}",
                        null)
                    .policy("x")
                    .getSpec()));
  }

  /** Otherwise Helm 4, Flux and Argo CD take a policy that no operator has seen as ready. */
  @Test
  void hasAStatusBeforeTheOperatorHasSeenThePolicy() {
    // when
    client.resource(new SpecTable.Row("{registries: [{}]}", null).policy("unseen")).create();

    // then
    AcrCredentialPolicy read = client.resources(AcrCredentialPolicy.class).withName("unseen").get();
    assertThat(read.getStatus()).isNotNull();
    assertThat(read.getStatus().observedGeneration()).isZero();
    assertThat(read.getMetadata().getGeneration()).isEqualTo(1);
    assertThat(client.resources(AcrCredentialPolicy.class).list().getItems())
        .filteredOn(policy -> policy.getMetadata().getName().equals("unseen"))
        .extracting(policy -> policy.getStatus().observedGeneration())
        .containsExactly(0L);
  }

  /**
   * The schema declares conditions as a map by type, which must not prevent a JSON patch by index.
   */
  @Test
  void patchesStatusByJsonPatchWithoutChangingTheSpec() {
    // given
    client.resource(new SpecTable.Row("{registries: [{}]}", null).policy("status")).create();
    var status =
        new AcrCredentialPolicyStatus(
            1L,
            List.of(condition("Accepted"), condition("Ready")),
            List.of(),
            "0/1",
            "4/4",
            null,
            3,
            4,
            null);
    AcrCredentialPolicy first =
        Edits.editStatus(
            client.resources(AcrCredentialPolicy.class).withName("status"),
            policy -> {
              policy.setStatus(status);
              return policy;
            });

    // when
    AcrCredentialPolicy patched =
        client
            .resource(first)
            .subresource("status")
            .patch(
                PatchContext.of(PatchType.JSON),
                """
                [{"op": "test", "path": "/metadata/resourceVersion", "value": "%s"},
                 {"op": "replace", "path": "/status/conditions/1/reason", "value": "Binding"},
                 {"op": "remove", "path": "/status/conditions/0"},
                 {"op": "replace", "path": "/status/fresh", "value": "1/1"}]
                """
                    .formatted(first.getMetadata().getResourceVersion()));

    // then
    assertThat(patched.getStatus().conditions())
        .extracting(Condition::getType, Condition::getReason)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("Ready", "Binding"));
    assertThat(patched.getStatus().fresh()).isEqualTo("1/1");
    assertThat(patched.getStatus().namespaces()).isEqualTo(3);
    assertThat(patched.getMetadata().getGeneration()).isEqualTo(1);
  }

  /** Unchanged and all together, because users copy them. */
  @ParameterizedTest
  @MethodSource
  void acceptsTheExamples(Path example) throws IOException {
    assertThat(
            client
                .load(Files.newInputStream(example))
                .resources()
                .map(r -> r.fieldValidation(FieldValidateable.Validation.STRICT).create()))
        .isNotEmpty();
  }

  static Stream<Path> acceptsTheExamples() throws IOException {
    return list(Path.of("examples"), "");
  }

  /** If the API server changed the spec, the operator would see a difference and write it again. */
  @ParameterizedTest
  @MethodSource
  void storesTheCompiledConfigMapUnchanged(Path golden) throws IOException {
    // given
    AcrCredentialPolicy policy =
        Serialization.unmarshal(Files.readString(golden), AcrCredentialPolicy.class);
    policy.getMetadata().setName("golden");

    // when
    AcrCredentialPolicy stored = client.resource(policy).dryRun(true).create();

    // then
    assertThat(stored.getSpec()).isEqualTo(policy.getSpec());
  }

  static Stream<Path> storesTheCompiledConfigMapUnchanged() throws IOException {
    return list(Path.of("src/test/resources/configmap"), "policy-");
  }

  private static Stream<Path> list(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.getFileName().toString().matches(prefix + ".*\\.yaml"))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static KubernetesClientException refusal(String yaml) {
    return catchThrowableOfType(
        KubernetesClientException.class,
        () ->
            client
                .resource(yaml)
                .dryRun(true)
                .fieldValidation(FieldValidateable.Validation.STRICT)
                .create());
  }

  private static Condition condition(String type) {
    return new ConditionBuilder()
        .withType(type)
        .withStatus("True")
        .withReason("Ready")
        .withMessage("")
        .withLastTransitionTime("2026-01-02T03:04:05Z")
        .build();
  }
}
