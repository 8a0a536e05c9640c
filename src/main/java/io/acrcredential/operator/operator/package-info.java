/**
 * The engine, and the only room that sees all others: leadership, watches, the keyed work queue and
 * its workers, the policy's reconciler, status, Events, metrics and health.
 */
package io.acrcredential.operator.operator;
