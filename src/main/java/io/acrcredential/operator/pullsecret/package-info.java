/**
 * What a namespace's pull Secret holds, computed from the policies that cover it and the tokens at
 * hand, and how it gets there. What lies in the cluster is compared with that, never read as a
 * source of credentials.
 */
package io.acrcredential.operator.pullsecret;
