/**
 * The Helm chart, as Helm itself reads it. What is generated from it (README, descriptions, golden
 * files) is compared; {@code dev/chart} regenerates it.
 */
package io.acrcredential.operator.chart;
