package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One version of one product's API behind the gateway. */
interface Product {

  /**
   * A verified call.
   *
   * @param instanceId empty for the Personal Edition
   */
  record Call(String region, String action, String instanceId, SimAccount account) {}

  boolean serves(ApiRequest request);

  /** The action's name, as the calls are recorded and as RAM knows it after {@code cr:}. */
  String action(ApiRequest request);

  /** Answers a call that RAM allows. */
  ObjectNode answer(Call call, ApiRequest request) throws Refusal;

  /** The answer's field for the token, and that for its expiry in epoch milliseconds. */
  void spoilToken(ObjectNode answer, Fault.Kind kind, long expired);

  /** Whether the service itself writes its field names with small letters. */
  boolean smallLetters();
}
