/** The keyed priority work queue and its worker threads. */
package io.acrcredential.operator.queue;
