/**
 * What any operator needs of the Kubernetes API: informers, record cache, Events, API discovery,
 * the write fence.
 */
package io.acrcredential.operator.kubernetes;
