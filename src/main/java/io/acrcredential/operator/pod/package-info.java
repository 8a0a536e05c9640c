/**
 * Pods that wait for an image because they were created before their ServiceAccount had the pull
 * Secret: they are reported, and evicted if a policy asks for it.
 */
package io.acrcredential.operator.pod;
