// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For what only a kubelet shows that pulls images and runs pods. Where none can run, because that
 * needs root, runc and cgroups, the test is reported as skipped, with the reason.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresNode.Condition.class)
public @interface RequiresNode {

  /** Public because JUnit instantiates it. */
  class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Optional<String> obstacle = KubeCluster.whyNotReal().or(KubeNode::obstacle);
      obstacle.ifPresent(
          reason -> System.out.println(context.getDisplayName() + " is skipped: " + reason));
      return obstacle
          .map(reason -> ConditionEvaluationResult.disabled("needs a real node: " + reason))
          .orElseGet(() -> ConditionEvaluationResult.enabled("a real node can be had"));
    }
  }
}
