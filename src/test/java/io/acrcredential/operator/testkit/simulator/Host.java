// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

/** What stands behind a listener. */
interface Host {

  Reply handle(String region, ApiRequest request);

  /** The name of the host in recorded calls and faults; empty if it has none. */
  String apiOf(ApiRequest request);
}
