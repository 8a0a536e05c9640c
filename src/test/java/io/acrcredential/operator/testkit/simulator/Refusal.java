// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

/** What the gateway or the service says instead of an answer. */
final class Refusal extends Exception {

  private static final long serialVersionUID = 1L;

  final int status;
  final String code;

  /** Said by the API gateway, before the service of any product saw the request. */
  final boolean byGateway;

  /** The RAM action that was denied, or null. */
  final String deniedAction;

  private Refusal(int status, String code, String message, boolean byGateway, String deniedAction) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.byGateway = byGateway;
    this.deniedAction = deniedAction;
  }

  static Refusal byGateway(int status, String code, String message) {
    return new Refusal(status, code, message, true, null);
  }

  static Refusal byService(int status, String code, String message) {
    return new Refusal(status, code, message, false, null);
  }

  /** RAM documentation, "Forbidden.RAM". */
  static Refusal denied(String action) {
    return new Refusal(
        403,
        "Forbidden.RAM",
        "User not authorized to operate on the specified resource, or this API doesn't support"
            + " RAM.",
        true,
        action);
  }

  /** Public error code of all RPC APIs. */
  static Refusal missing(String parameter) {
    return byGateway(400, "Missing" + parameter, parameter + " is mandatory for this action.");
  }

  /** What the real service takes and we do not want to send. */
  static Refusal bySimulator(String code, String message) {
    return byGateway(400, "Simulator." + code, message);
  }

  static Refusal noSuchApi() {
    return byGateway(
        404,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.");
  }
}
