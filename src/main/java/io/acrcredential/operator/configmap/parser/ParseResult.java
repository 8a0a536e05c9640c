package io.acrcredential.operator.configmap.parser;

import io.acrcredential.operator.SensitiveString;
import io.acrcredential.operator.api.v1alpha1.AcrCredentialPolicySpec;
import java.util.List;
import java.util.Map;

/** What {@link AcrConfigurationParser} made of a ConfigMap. */
public sealed interface ParseResult {

  /** What to tell the ConfigMap's owner. */
  List<Finding> findings();

  /**
   * Understood, perhaps without some items.
   *
   * @param spec of the managed policy, with every default that the API server would fill in, so
   *     that the stored policy equals it
   * @param keys for the Secret {@value AcrConfigurationReader#KEYS_SECRET}, which the spec refers
   *     to
   */
  record Understood(
      AcrCredentialPolicySpec spec, Map<String, SensitiveString> keys, List<Finding> findings)
      implements ParseResult {}

  /** Not understood: the last good configuration stays in force. */
  record Unreadable(List<Finding> findings) implements ParseResult {}
}
