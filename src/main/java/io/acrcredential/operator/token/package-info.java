/**
 * Decides when tokens are fetched, and fetches each once: due times, batches over registries, the
 * rate limit per account and region, retries, and the current tokens. Changes leave as events.
 */
package io.acrcredential.operator.token;
