/**
 * What all packages may use: settings, secrets in memory, digests. See {@code docs/architecture.md}
 * for the packages and their order.
 */
package io.acrcredential.operator;
