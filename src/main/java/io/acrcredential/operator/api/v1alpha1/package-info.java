/** The custom resource {@code AcrCredentialPolicy}: spec, status and condition reasons. */
package io.acrcredential.operator.api.v1alpha1;
