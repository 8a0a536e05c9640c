/**
 * The ConfigMap {@code kube-system/acr-configuration}, as users of the original component wrote it,
 * read as the {@code spec} of an {@code AcrCredentialPolicy}: one pipeline behind both doors. Pure;
 * nothing here talks to Kubernetes. What is understood and what is not is told in sentences that
 * say how to mend it, and never quote a key.
 */
package io.acrcredential.operator.configmap.parser;
