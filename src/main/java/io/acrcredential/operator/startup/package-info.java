// SPDX-License-Identifier: Apache-2.0
/**
 * What a start checks and finds out before the operator works: settings, kubeconfig, the proxy of
 * the API server, the filter of the log, the cluster's region; and the sentence that says why a
 * start failed.
 */
package io.acrcredential.operator.startup;
