/**
 * A strict stand-in for the Alibaba Cloud Container Registry OpenAPI. It refuses what the real
 * service refuses: a bad signature, a replayed nonce, a stale date, somebody else's instance, an
 * action outside the documented RAM policy. It shares no code with the product.
 */
package io.acrcredential.operator.testkit.simulator;
