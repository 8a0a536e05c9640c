/**
 * Reconcilers of pull Secrets and ServiceAccounts, the cluster cache they read and the indexes they
 * need.
 */
package io.acrcredential.operator.sync;
