/**
 * Looks host names up for every Vert.x client of the process: off the event loops, in bounded time.
 */
package io.acrcredential.operator.dns;
