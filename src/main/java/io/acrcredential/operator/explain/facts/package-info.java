/** What {@code explain} knows of the cluster: plain values without a connection to it. */
package io.acrcredential.operator.explain.facts;
