/**
 * A strict stand-in for the OpenAPI of Alibaba Cloud Container Registry and STS, and for the ECS
 * metadata. It refuses what the real services refuse: a bad signature, a replayed nonce, a stale
 * date, an instance of another account, an action outside the documented RAM policy, a role that
 * does not trust the caller, a SecurityToken that is not the AccessKey's; and one thing more, an
 * OIDC token in a URL. It shares no code with the product, and knows what the official SDKs send
 * ({@link io.acrcredential.operator.testkit.simulator.Wire}).
 */
package io.acrcredential.operator.testkit.simulator;
