/**
 * Binding at admission: whether the admission policy {@code bind-at-creation} works, which makes
 * the API server add the entry to a ServiceAccount in the request that creates it.
 */
package io.acrcredential.operator.admission;
