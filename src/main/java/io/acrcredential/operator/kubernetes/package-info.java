/**
 * What any operator needs of the Kubernetes API: informers and their cache, Events, JSON patches,
 * the retry of conflicts, ownership labels, API discovery, and the write fence.
 */
package io.acrcredential.operator.kubernetes;
