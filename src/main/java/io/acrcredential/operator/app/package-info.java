/** Wiring, start and stop, health and metrics. The only package that sees all others. */
package io.acrcredential.operator.app;
