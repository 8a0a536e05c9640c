/**
 * Resolves host names for every Vert.x client of the process: off the event loops, and within a
 * bounded time. {@code docs/adr/0010-own-dns-resolver.md} says why.
 */
package io.acrcredential.operator.dns;
