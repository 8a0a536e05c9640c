/**
 * Parses the data of the ConfigMap {@code kube-system/acr-configuration}, as users of the ACK
 * credential helper write it, into the {@code spec} of an {@code AcrCredentialPolicy} and findings.
 * It depends on no cluster: the same data always gives the same result. Findings say what is wrong
 * and how to fix it, and never quote an AccessKey.
 */
package io.acrcredential.operator.configmap.parser;
