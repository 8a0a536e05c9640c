/**
 * What is known without a request: the cluster cache, which policy covers which namespace, how many
 * ServiceAccounts are bound, and what each pull Secret should contain.
 */
package io.acrcredential.operator.index;
