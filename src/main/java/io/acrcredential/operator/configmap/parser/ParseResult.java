// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import java.util.List;
import java.util.Map;

/** The result of {@link AcrConfigurationParser}. */
public sealed interface ParseResult {

  /** What the owner of the ConfigMap should know. */
  List<Finding> findings();

  /**
   * The ConfigMap could be parsed, perhaps without some items.
   *
   * @param spec with all default values that the API server would add, so that it equals the spec
   *     of the stored policy
   * @param keys for the Secret {@value AcrConfigurationParser#KEYS_SECRET}, which the spec refers
   *     to
   */
  record Understood(
      AcrCredentialPolicySpec spec, Map<String, SensitiveString> keys, List<Finding> findings)
      implements ParseResult {}

  /** The ConfigMap cannot be parsed: the last good configuration stays in force. */
  record Unreadable(List<Finding> findings) implements ParseResult {}
}
