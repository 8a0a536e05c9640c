/** Start-up, wiring, health and metrics. The only package that sees all others. */
package io.acrcredential.operator.app;
