// SPDX-License-Identifier: Apache-2.0
/**
 * What the operator needs of objects that it lists and watches, and nothing else: the rest is
 * dropped while responses and watch events are read.
 */
package io.acrcredential.operator.kubernetes.filter;
