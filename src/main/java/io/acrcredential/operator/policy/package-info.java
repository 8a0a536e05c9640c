/**
 * What is wanted: the {@code AcrCredentialPolicy} resource, and the {@link
 * io.acrcredential.operator.policy.PolicyPlan} it is compiled into, with every default filled in
 * and every wrong value named. Pure: nothing here talks to Kubernetes or to ACR.
 */
package io.acrcredential.operator.policy;
