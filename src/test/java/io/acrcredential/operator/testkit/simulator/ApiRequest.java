package io.acrcredential.operator.testkit.simulator;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
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

  /** The parameters in the order sent. */
  List<Parameter> parameters() {
    var parameters = new ArrayList<Parameter>();
    if (uri.getRawQuery() != null && !uri.getRawQuery().isEmpty()) {
      for (var pair : uri.getRawQuery().split("&")) {
        var at = pair.indexOf('=');
        var name = at < 0 ? pair : pair.substring(0, at);
        parameters.add(new Parameter(decode(name), at < 0 ? "" : decode(pair.substring(at + 1))));
      }
    }
    return parameters;
  }

  String parameter(String name) {
    return parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .map(Parameter::value)
        .orElse("");
  }

  /** The {@code x-acs-action} header (V3 signature), else the common parameter {@code Action}. */
  String action() {
    return header("x-acs-action").isEmpty() ? parameter("Action") : header("x-acs-action");
  }

  String version() {
    return header("x-acs-version").isEmpty() ? parameter("Version") : header("x-acs-version");
  }

  /** RFC 3986, section 2.1: a plus is a plus, unlike in HTML forms. */
  private static String decode(String text) {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '%') {
        bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
        i += 2;
      } else {
        bytes.writeBytes(text.substring(i, i + 1).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return method + " " + uri;
  }
}
