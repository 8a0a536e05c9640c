// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.configmap.parser.repair.KeySchema;
import java.util.Map;
import java.util.Set;

/** The keys of an item of {@code acr-registry-info} with their values, as far as they are known. */
record RegistryFields(Map<String, String> values) {

  static final String INSTANCE = "instanceId";
  static final String REGION = "regionId";
  static final String DOMAINS = "domains";
  static final String PREFIXES = "repositoryPrefixes";
  static final String ASSUME_ROLE = "assumeRoleARN";
  static final String DURATION = "expireDuration";
  static final String RRSA_ROLE = "rrsaRoleARN";
  static final String RRSA_PROVIDER = "rrsaOIDCProviderRoleARN";
  static final String KEY_ID = "customAccessKey";
  static final String KEY_SECRET = "customAccessKeySecret";

  static final Set<String> NAMES =
      Set.of(
          INSTANCE,
          REGION,
          DOMAINS,
          PREFIXES,
          ASSUME_ROLE,
          DURATION,
          RRSA_ROLE,
          RRSA_PROVIDER,
          KEY_ID,
          KEY_SECRET);

  static final KeySchema SCHEMA =
      new KeySchema(ConfigMapKeys.REGISTRIES, NAMES, INSTANCE, Set.of(DOMAINS, PREFIXES));

  /** Path of a policy's field → its name in the ConfigMap, where the two differ. */
  private static final Map<String, String> NAMES_BY_POLICY_FIELD =
      Map.of(
          "region", REGION,
          "credentials.assumeRole.roleArn", ASSUME_ROLE,
          "credentials.assumeRole.durationSeconds", DURATION,
          "credentials.oidc.roleArn", RRSA_ROLE,
          "credentials.oidc.providerArn", RRSA_PROVIDER,
          "credentials.oidc.durationSeconds", DURATION);

  /** {@code spec.registries[0].domains[1]} → {@code domains}. */
  static String nameOf(String policyField) {
    String path = policyField.replaceFirst("^spec\\.registries\\[\\d+]\\.", "");
    return NAMES_BY_POLICY_FIELD.getOrDefault(path, path.replaceFirst("\\[\\d+]$", ""));
  }

  boolean has(String name) {
    return !text(name).isEmpty();
  }

  /** Empty where the key is absent. */
  String text(String name) {
    return values.getOrDefault(name, "");
  }
}
