// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One version of one product's API behind the gateway. */
interface Product {

  /**
   * A verified call.
   *
   * @param instanceId empty for the Personal Edition
   * @param key whose call it is; null if the action is {@link #anonymous}
   */
  record Call(String region, String action, String instanceId, AccessKey key) {

    SimAccount account() {
      return key.account();
    }
  }

  boolean serves(ApiRequest request);

  /** The action's name, as the calls are recorded and as RAM knows it after {@code cr:}. */
  String action(ApiRequest request);

  /** Whether the action takes no signature. */
  default boolean anonymous(String action) {
    return false;
  }

  /** Whether calls may be signed by version 1.0 (HMAC-SHA1) too. */
  default boolean takesVersion1() {
    return false;
  }

  /** Refuses what RAM does not allow the caller. */
  default void authorize(Call call) throws Refusal {
    if (!call.key().allows("cr:" + call.action())) {
      throw Refusal.denied("cr:" + call.action());
    }
  }

  /** Answers a call that RAM allows. */
  ObjectNode answer(Call call, ApiRequest request) throws Refusal;

  /** The answer's field for the token, and that for its expiry in epoch milliseconds. */
  void corruptToken(ObjectNode answer, Fault.Kind kind, long expired);

  /** Whether the service itself writes its field names with small letters. */
  boolean smallLetters();
}
