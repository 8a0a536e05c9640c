// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** Authenticates, authorizes and routes, in that order, as the API gateway and RAM do. */
final class Gateway implements Host {

  private final SimulatorState world;
  private final Acs3Verifier verifier;
  private final RpcVerifier version1;
  private final List<Product> products;

  Gateway(SimulatorState world, Product... products) {
    var checks = new CallerChecks(world::accessKey, world::now);
    this.world = world;
    this.verifier = new Acs3Verifier(checks);
    this.version1 = new RpcVerifier(checks);
    this.products = List.of(products);
  }

  @Override
  public Reply handle(String region, ApiRequest request) {
    Faults.Armed fault = null;
    var product = products.stream().filter(one -> one.serves(request)).findFirst();
    try {
      var action = apiOf(request);
      var key = authenticate(product, action, request);
      if (key != null) {
        world.qps.admit(key.account().uid(), region, System.nanoTime());
      }
      fault = world.faults.strike(region, action, instanceOf(request)).orElse(null);
      refuseIfStruck(fault);
      if (product.isEmpty()) {
        throw Refusal.noSuchApi();
      }
      if (action.isEmpty()) {
        throw Refusal.missing("Action");
      }
      var call = new Product.Call(region, action, instanceOf(request), key);
      product.get().authorize(call);
      var body = product.get().answer(call, request);
      body.put(product.get().smallLetters() ? "requestId" : "RequestId", requestId());
      if (fault != null && fault.fault().kind().name().endsWith("_TOKEN")) {
        product
            .get()
            .corruptToken(body, fault.fault().kind(), world.now().toEpochMilli() - 3_600_000);
      }
      return new Reply(200, outcome(fault, "success"), action + "Response", body, fault);
    } catch (Refusal refusal) {
      var body = refusalBody(refusal, product, request);
      return new Reply(refusal.status, outcome(fault, refusal.code), "Error", body, fault);
    }
  }

  /** Returns the account of the call; null for an anonymous call. */
  private AccessKey authenticate(Optional<Product> product, String action, ApiRequest request)
      throws Refusal {
    if (product.isPresent() && product.get().anonymous(action)) {
      if (!Acs3Verifier.claimedKey(request).isEmpty()
          || !request.parameter("Signature").isEmpty()
          || !request.header("authorization").isEmpty()) {
        throw Refusal.bySimulator("SignedAnonymousCall", action + " is anonymous: sign nothing.");
      }
      return null;
    }
    return product.isPresent()
            && product.get().takesVersion1()
            && request.header("authorization").isEmpty()
        ? version1.verify(request)
        : verifier.verify(request);
  }

  static String outcome(Faults.Armed fault, String judged) {
    return fault != null && fault.fault().hidesAnswer() ? fault.fault().code() : judged;
  }

  /** The API's name, verified or not; empty if the request names none. */
  @Override
  public String apiOf(ApiRequest request) {
    return products.stream()
        .filter(one -> one.serves(request))
        .findFirst()
        .map(one -> one.action(request))
        .orElse(request.action());
  }

  static String instanceOf(ApiRequest request) {
    return request.parameter("InstanceId");
  }

  private static void refuseIfStruck(Faults.Armed fault) throws Refusal {
    if (fault != null && fault.fault().kind() == Fault.Kind.REFUSE) {
      var by = fault.fault();
      throw by.code().startsWith("Throttling")
          ? Refusal.byGateway(by.status(), by.code(), by.message())
          : Refusal.byService(by.status(), by.code(), by.message());
    }
  }

  private ObjectNode refusalBody(Refusal refusal, Optional<Product> product, ApiRequest request) {
    var body = JsonNodeFactory.instance.objectNode();
    body.put("RequestId", requestId());
    if (refusal.status == 200) {
      body.put("IsSuccess", false).put("Code", refusal.code);
      return body;
    }
    body.put("HostId", request.header("host"))
        .put("Code", refusal.code)
        .put("Message", refusal.getMessage())
        .put("Recommend", "https://api.aliyun.com/troubleshoot?q=" + refusal.code + "&product=cr");
    if (refusal.deniedAction != null) {
      world
          .accessKey(Acs3Verifier.claimedKey(request))
          .ifPresent(key -> body.set("AccessDeniedDetail", denial(refusal.deniedAction, key)));
    }
    var small = !refusal.byGateway && product.isPresent() && product.get().smallLetters();
    return small ? withSmallLetters(body) : body;
  }

  /** ECS documentation, "AccessDeniedDetail". */
  private static ObjectNode denial(String action, AccessKey key) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("AuthAction", action)
        .put(
            "AuthPrincipalDisplayName",
            key.session() == null ? SimAccount.USER : key.session().arn())
        .put("AuthPrincipalOwnerId", key.account().uid())
        .put("AuthPrincipalType", key.session() == null ? "SubUser" : "AssumedRoleUser")
        .put("NoPermissionType", "ImplicitDeny")
        .put("PolicyType", "AccountLevelIdentityBasedPolicy");
  }

  /** The service behind a ROA API says {@code code}, the gateway before it {@code Code}. */
  private static ObjectNode withSmallLetters(ObjectNode body) {
    var small = JsonNodeFactory.instance.objectNode();
    for (var field : body.properties()) {
      var name = field.getKey();
      small.set(
          name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1), field.getValue());
    }
    return small;
  }

  private static String requestId() {
    return UUID.randomUUID().toString().toUpperCase(Locale.ROOT);
  }
}
