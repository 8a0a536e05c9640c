/**
 * The binding of the pull Secret to ServiceAccounts: the desired entry in {@code imagePullSecrets},
 * and its writer, which does not touch the entries of others.
 */
package io.acrcredential.operator.serviceaccount;
