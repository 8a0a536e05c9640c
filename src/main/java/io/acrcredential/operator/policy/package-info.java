/**
 * Validation and resolution of policies: {@link io.acrcredential.operator.policy.PolicyValidator}
 * fills in defaults and checks values, {@link io.acrcredential.operator.policy.PolicyPlan} is the
 * result with the region filled in. Pure functions without access to Kubernetes or ACR.
 */
package io.acrcredential.operator.policy;
