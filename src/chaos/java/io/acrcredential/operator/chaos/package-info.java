/**
 * {@code ./chaos}: the packaged operator between a real API server and a simulated ACR, while both,
 * the lines to them, and the operator itself fail.
 */
package io.acrcredential.operator.chaos;
