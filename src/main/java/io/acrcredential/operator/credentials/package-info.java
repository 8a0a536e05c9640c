/**
 * Resolves identities to the AccessKeys that sign requests. Each batch of fetches resolves them
 * again, so that a changed Secret takes effect immediately.
 */
package io.acrcredential.operator.credentials;
