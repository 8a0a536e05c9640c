/**
 * Turns malformed text into the YAML that its author meant, line by line and without a YAML parser.
 * Each {@code Repair} is one rule; {@code RepairLog} says which rules are allowed and where each
 * was applied. Nothing here knows the settings of the operator.
 */
package io.acrcredential.operator.configmap.parser.repair;
