// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import io.acrcredential.operator.kubernetes.Ownership;
import io.acrcredential.operator.pullsecret.PullSecretContent;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** Creates pull Secrets as the operator writes them. */
public final class PullSecrets {

  private PullSecrets() {}

  /** A pull Secret of the operator without content, at resource version 1. */
  public static SecretBuilder owned(String namespace, String name) {
    return new SecretBuilder()
        .withType("kubernetes.io/dockerconfigjson")
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion("1")
        .addToLabels(Ownership.LABELS)
        .addToAnnotations(Ownership.annotations(namespace))
        .endMetadata();
  }

  /** A pull Secret with this content, at resource version 1. */
  public static Secret written(String namespace, String name, PullSecretContent content) {
    return owned(namespace, name)
        .withData(Map.of(".dockerconfigjson", content.encoded()))
        .editMetadata()
        .addToAnnotations(
            "acrcredential.io/expires-at",
            content.expiresAt() == null
                ? ""
                : content.expiresAt().truncatedTo(ChronoUnit.SECONDS).toString())
        .endMetadata()
        .build();
  }
}
