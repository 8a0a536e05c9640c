// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For what only a real kube-apiserver shows, such as RBAC, validation or conflicts. Without one the
 * test is reported as skipped, with the reason; under {@code ACR_TEST_CLUSTER=real} it fails.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresRealCluster.Condition.class)
public @interface RequiresRealCluster {

  /** Public because JUnit instantiates it. */
  class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return KubeCluster.whyNotReal()
          .map(
              reason ->
                  ConditionEvaluationResult.disabled("needs a real kube-apiserver: " + reason))
          .orElseGet(() -> ConditionEvaluationResult.enabled("a real kube-apiserver can be had"));
    }
  }
}
