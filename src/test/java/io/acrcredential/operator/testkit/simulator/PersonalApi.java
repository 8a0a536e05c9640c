// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** ACR API 2016-06-07 (ROA): {@code GET /tokens}. */
final class PersonalApi implements Product {

  private final SimulatorState world;

  PersonalApi(SimulatorState world) {
    this.world = world;
  }

  @Override
  public boolean serves(ApiRequest request) {
    return request.version().equals("2016-06-07")
        && request.path().equals("/tokens")
        && request.method().equals("GET");
  }

  @Override
  public String action(ApiRequest request) {
    return request.action().isEmpty() ? "GetAuthorizationToken" : request.action();
  }

  @Override
  public ObjectNode answer(Call call, ApiRequest request) throws Refusal {
    if (!call.action().equals("GetAuthorizationToken")) {
      throw Refusal.noSuchApi();
    }
    if (!call.account().hasPersonalEdition(call.region())) {
      // Inferred: no public document has the error for an account without Personal Edition.
      throw Refusal.byService(404, "USER_NOT_EXIST", "The user does not exist.");
    }
    var issued =
        world.tokens.issue(
            call.account(), call.region(), "", world.now(), world.tokenLife(call.key()));
    var answer = JsonNodeFactory.instance.objectNode();
    answer
        .putObject("data")
        .put("authorizationToken", issued.password())
        .put("tempUserName", issued.token().username())
        .put("expireDate", issued.token().expiresAt().toEpochMilli());
    return answer;
  }

  @Override
  public void corruptToken(ObjectNode answer, Fault.Kind kind, long expired) {
    var data = (ObjectNode) answer.get("data");
    if (kind == Fault.Kind.EMPTY_TOKEN) {
      data.put("authorizationToken", "");
    } else {
      data.put("expireDate", expired);
    }
  }

  @Override
  public boolean smallLetters() {
    return true;
  }
}
