// SPDX-License-Identifier: Apache-2.0
/**
 * The connections of watches: those that do not answer pings are closed, so that their informers
 * reconnect.
 */
package io.acrcredential.operator.kubernetes.watch;
