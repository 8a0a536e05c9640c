package io.acrcredential.operator.legacy;

import io.acrcredential.operator.SecretText;
import io.acrcredential.operator.policy.AcrCredentialPolicySpec;
import java.util.List;
import java.util.Map;

public sealed interface Reading {
  record Understood(
      AcrCredentialPolicySpec spec, Map<String, SecretText> keys, List<Finding> findings)
      implements Reading {}

  record Unreadable(List<Finding> findings) implements Reading {}
}
