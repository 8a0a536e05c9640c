// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Requests as text to compare. A line for method and path, one for each query parameter ({@code ?
 * name=value}), header, and form parameter ({@code & name=value}), decoded, sorted and with
 * placeholders for all that changes from call to call. Of the headers, those by which the gateway
 * judges: {@code x-acs-*}, what a signature covers, the content type of a body, and {@code accept}
 * where no parameter Format says what to answer. Not shown are transport, User-Agent and the SDKs'
 * telemetry.
 */
public final class Wire {

  /** What the golden AssumeRole calls ask for. */
  public static final String ROLE = "acs:ram::1002:role/pull";

  /** What the golden AssumeRoleWithOIDC calls ask for. */
  public static final String OIDC_ROLE = "acs:ram::1001:role/rrsa";

  public static final String OIDC_PROVIDER = "acs:ram::1001:oidc-provider/ack-rrsa-c1";
  public static final String SESSION_NAME = "acr-credential-operator";

  /** The golden calls' Policy: no real one, but all that encodings stumble over. */
  public static final String POLICY =
      "{\"Version\": \"1\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": [\"cr:Get*\"],"
          + " \"Resource\": \"*\", \"Note\": \"a+b ~ \u62c9\u53d6\"}]}";

  private static final Set<String> TELEMETRY = Set.of("x-acs-credentials-provider");
  private static final Map<String, String> CHANGING =
      Map.ofEntries(
          Map.entry("AccessKeyId", "<access-key-id>"),
          Map.entry("OIDCToken", "<oidc-token>"),
          Map.entry("SecurityToken", "<security-token>"),
          Map.entry("Signature", "<signature>"),
          Map.entry("SignatureNonce", "<nonce>"),
          Map.entry("Timestamp", "<date>"),
          Map.entry("host", "<host>"),
          Map.entry("x-acs-accesskey-id", "<access-key-id>"),
          Map.entry("x-acs-date", "<date>"),
          Map.entry("x-acs-security-token", "<security-token>"),
          Map.entry("x-acs-signature-nonce", "<nonce>"));

  private Wire() {}

  /**
   * What an official SDK sends, from {@code src/test/resources/wire}; {@code SdkWireTest} holds the
   * files to the SDKs.
   */
  public static String golden(String name) {
    try (var file = Wire.class.getResourceAsStream("/wire/" + name + ".txt")) {
      return new String(Objects.requireNonNull(file, name).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String render(ApiRequest request) {
    var text = new StringBuilder(request.method() + " " + request.path() + "\n");
    text.append(parameters("? ", request.parameters()));
    headers(request).forEach((name, value) -> text.append(name + ": " + value + "\n"));
    text.append(parameters("& ", request.form()));
    return text.toString();
  }

  private static String parameters(String mark, List<ApiRequest.Parameter> parameters) {
    return parameters.stream()
        .sorted(Comparator.comparing(ApiRequest.Parameter::name))
        .map(one -> mark + one.name() + "=" + CHANGING.getOrDefault(one.name(), one.value()) + "\n")
        .collect(Collectors.joining());
  }

  private static Map<String, String> headers(ApiRequest request) {
    var signed = List.of(Acs3Verifier.signedHeaders(request).split(";"));
    var shown = new TreeMap<String, String>();
    request
        .headers()
        .forEach(
            (name, value) -> {
              if (signed.contains(name)
                  || name.startsWith("x-acs-")
                  || name.equals("content-type") && request.body().length > 0
                  || name.equals("accept") && request.parameter("Format").isEmpty()) {
                shown.put(name, CHANGING.getOrDefault(name, value));
              }
            });
    if (!Acs3Verifier.signedHeaders(request).isEmpty()) {
      var names =
          signed.stream()
              .filter(name -> !TELEMETRY.contains(name))
              .collect(Collectors.joining(";"));
      shown.put(
          "authorization",
          "ACS3-HMAC-SHA256 Credential=<access-key-id>,SignedHeaders="
              + names
              + ",Signature=<signature>");
    }
    shown.keySet().removeAll(TELEMETRY);
    return shown;
  }
}
