/**
 * When a token is fetched, and that it is fetched once: the arithmetic of due times, the fan-out
 * over registries, the limiter per account and region, and the tokens at hand. They leave as
 * events.
 */
package io.acrcredential.operator.token;
