/** Leader election and the leases that decide who may write. */
package io.acrcredential.operator.leader;
