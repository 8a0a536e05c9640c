// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A request as it came over the wire; header names are in lower case. */
record ApiRequest(String method, URI uri, Map<String, String> headers, byte[] body) {

  /** A decoded query parameter. */
  record Parameter(String name, String value) {}

  String header(String name) {
    return headers.getOrDefault(name, "").strip();
  }

  String path() {
    var path = uri.getRawPath();
    return path == null || path.isEmpty() ? "/" : path;
  }

  /** The query's parameters in the order sent. */
  List<Parameter> parameters() {
    return parse(uri.getRawQuery());
  }

  /** The parameters of a form in the body. */
  List<Parameter> form() {
    var form = header("content-type").startsWith("application/x-www-form-urlencoded");
    return parse(form ? new String(body, StandardCharsets.UTF_8) : "");
  }

  /** Those of the query and those of the body. */
  List<Parameter> allParameters() {
    var all = new ArrayList<>(parameters());
    all.addAll(form());
    return all;
  }

  /** Wherever it stands; empty if nowhere. */
  String parameter(String name) {
    return allParameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .map(Parameter::value)
        .orElse("");
  }

  /** A plus is a space: the official SDKs send "a+b" and sign "a%20b". */
  private static List<Parameter> parse(String pairs) {
    var parameters = new ArrayList<Parameter>();
    for (var pair : pairs == null || pairs.isEmpty() ? new String[0] : pairs.split("&")) {
      var at = pair.indexOf('=');
      var name = at < 0 ? pair : pair.substring(0, at);
      parameters.add(new Parameter(decode(name), at < 0 ? "" : decode(pair.substring(at + 1))));
    }
    return parameters;
  }

  /** The {@code x-acs-action} header (V3 signature), else the common parameter {@code Action}. */
  String action() {
    return header("x-acs-action").isEmpty() ? parameter("Action") : header("x-acs-action");
  }

  String version() {
    return header("x-acs-version").isEmpty() ? parameter("Version") : header("x-acs-version");
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return method + " " + uri.getPath();
  }
}
