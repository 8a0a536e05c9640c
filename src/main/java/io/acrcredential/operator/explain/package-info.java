/**
 * The {@code explain} command: collects facts from the cluster with the rights of the caller, has
 * every link of the chain from policy to pod judge them, and prints what is broken and what to do.
 */
package io.acrcredential.operator.explain;
