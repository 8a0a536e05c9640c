/**
 * The ConfigMap {@code acr-configuration} as a source of one policy, and the detection of the ACK
 * credential helper.
 */
package io.acrcredential.operator.configmap;
