/**
 * Event handlers of the cluster and of tokens, and the reconcilers of pull Secrets and
 * ServiceAccounts.
 */
package io.acrcredential.operator.sync;
