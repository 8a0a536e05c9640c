// SPDX-License-Identifier: Apache-2.0
/**
 * The current tokens in the state Secrets of the credentials namespace, so that a restarted
 * operator or a new leader asks ACR for nothing while they are fresh.
 */
package io.acrcredential.operator.tokenstate;
