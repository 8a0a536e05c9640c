// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;

/** ACR API 2018-12-01 (RPC), the two actions that the documented RAM policy allows. */
final class EnterpriseApi implements Product {

  private final SimulatorState world;

  EnterpriseApi(SimulatorState world) {
    this.world = world;
  }

  @Override
  public boolean serves(ApiRequest request) {
    return request.version().equals("2018-12-01")
        && request.path().equals("/")
        && Set.of("GET", "POST").contains(request.method());
  }

  @Override
  public String action(ApiRequest request) {
    return request.action();
  }

  @Override
  public ObjectNode answer(Call call, ApiRequest request) throws Refusal {
    return switch (call.action()) {
      case "GetAuthorizationToken" -> authorizationToken(call);
      case "ListInstanceEndpoint" -> endpoints(call, request);
      default -> throw Refusal.noSuchApi();
    };
  }

  private ObjectNode authorizationToken(Call call) throws Refusal {
    var instance = ownInstance(call);
    var issued =
        world.tokens.issue(
            call.account(), call.region(), instance.id(), world.now(), world.tokenLife(call.key()));
    return success()
        .put("AuthorizationToken", issued.password())
        .put("TempUsername", issued.token().username())
        .put("ExpireTime", issued.token().expiresAt().toEpochMilli());
  }

  private ObjectNode endpoints(Call call, ApiRequest request) throws Refusal {
    var instance = ownInstance(call);
    var module = request.parameter("ModuleName");
    if (!Set.of("", "Registry", "Chart").contains(module)) {
      throw Refusal.byService(400, "InvalidParameter", "ModuleName is not valid.");
    }
    var answer = success();
    var endpoints = answer.putArray("Endpoints");
    for (var type : List.of("internet", "vpc")) {
      var endpoint = endpoints.addObject();
      endpoint.put("EndpointType", type);
      endpoint.put("Enable", instance.enabled(type));
      endpoint.put("AclEnable", type.equals("internet"));
      endpoint.put("Status", "RUNNING");
      var domains = endpoint.putArray("Domains");
      for (var domain : instance.domains(type)) {
        domains.addObject().put("Domain", domain.domain()).put("Type", domain.type());
      }
      var vpcs = endpoint.putArray("LinkedVpcs");
      if (type.equals("vpc")) {
        vpcs.addObject().put("VpcId", "vpc-bp1simulated");
      }
      var acl = endpoint.putArray("AclEntries");
      if (type.equals("internet") && !request.parameter("Summary").equalsIgnoreCase("true")) {
        acl.addObject().put("Entry", "127.0.0.1/32");
      }
    }
    return answer;
  }

  /** ACR reports an instance of another account or region as not existing. */
  private SimInstance ownInstance(Call call) throws Refusal {
    if (call.instanceId().isEmpty()) {
      throw Refusal.missing("InstanceId");
    }
    var instance = world.instances.get(call.instanceId());
    if (instance == null
        || !instance.owner().equals(call.account().uid())
        || !instance.region().equals(call.region())) {
      throw Refusal.byService(
          world.instanceNotExistStatus, "INSTANCE_NOT_EXIST", "The instance does not exist.");
    }
    return instance;
  }

  private static ObjectNode success() {
    return JsonNodeFactory.instance.objectNode().put("IsSuccess", true).put("Code", "success");
  }

  @Override
  public void corruptToken(ObjectNode answer, Fault.Kind kind, long expired) {
    if (kind == Fault.Kind.EMPTY_TOKEN) {
      answer.put("AuthorizationToken", "");
    } else {
      answer.put("ExpireTime", expired);
    }
  }

  @Override
  public boolean smallLetters() {
    return false;
  }
}
