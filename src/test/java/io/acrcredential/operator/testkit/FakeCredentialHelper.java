// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * The objects of the ACK credential helper: its Deployment, whose status is set here because no
 * controller runs, and the pull Secrets that it wrote.
 */
public final class FakeCredentialHelper {

  /** The registry in its pull Secrets. */
  public static final String HOST = "registry.of.the.credential.helper";

  private static final String NAME = "aliyun-acr-credential-helper";

  private final OperatorTestEnvironment env;

  public FakeCredentialHelper(OperatorTestEnvironment env) {
    this.env = env;
  }

  /** Installs it, with no pod ready yet. */
  public void install() {
    env.client
        .resource(
            new DeploymentBuilder()
                .withNewMetadata()
                .withName(NAME)
                .withNamespace("kube-system")
                .endMetadata()
                .withNewSpec()
                .withReplicas(1)
                .withNewSelector()
                .addToMatchLabels("app", NAME)
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", NAME)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("helper")
                .withImage("example.com/helper")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .create();
  }

  /** Sets the number of ready Pods, as the Deployment controller does. */
  public void ready(int pods) {
    Edits.editStatus(
        deployment(),
        found -> {
          Deployment now = new DeploymentBuilder(found).build();
          now.setStatus(
              new DeploymentStatusBuilder()
                  .withReplicas(pods)
                  .withReadyReplicas(pods == 0 ? null : pods)
                  .build());
          return now;
        });
  }

  /** Removes it. */
  public void uninstall() {
    deployment().delete();
  }

  private RollableScalableResource<Deployment> deployment() {
    return env.client.apps().deployments().inNamespace("kube-system").withName(NAME);
  }

  /** Serves a namespace: its pull Secret, and the ServiceAccount default bound. */
  public void serve(String namespace) {
    String auth = "{\"auths\":{\"" + HOST + "\":{\"auth\":\"dTpw\"}}}";
    env.client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(OperatorTestEnvironment.PULL_SECRET)
                .withNamespace(namespace)
                .endMetadata()
                .withType("kubernetes.io/dockerconfigjson")
                .withData(
                    Map.of(
                        ".dockerconfigjson",
                        Base64.getEncoder().encodeToString(auth.getBytes(UTF_8))))
                .build())
        .create();
    Edits.edit(
        env.client.serviceAccounts().inNamespace(namespace).withName("default"),
        account -> {
          account.setImagePullSecrets(
              List.of(new LocalObjectReference(OperatorTestEnvironment.PULL_SECRET)));
          return account;
        });
  }
}
