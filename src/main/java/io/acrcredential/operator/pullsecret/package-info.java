/**
 * The content of the pull Secret of a namespace, computed from the policies that cover it and the
 * current tokens, and its writer. The Secret in the cluster is compared with that content, and is
 * never a source of credentials.
 */
package io.acrcredential.operator.pullsecret;
