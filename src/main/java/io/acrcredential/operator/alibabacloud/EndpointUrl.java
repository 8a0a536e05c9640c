// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.TextSanitizer;
import io.smallrye.mutiny.Uni;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Refuses URLs to which credentials must not be sent. */
public final class EndpointUrl {

  private static final Pattern LOOPBACK =
      Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");

  /** The metadata service speaks no HTTPS; no other service is called there. */
  private static final Pattern LOOPBACK_OR_METADATA =
      Pattern.compile("100\\.100\\.100\\.200|" + LOOPBACK);

  private EndpointUrl() {}

  /**
   * The URL; fails unless it is HTTPS or on loopback.
   *
   * @param setting what the user must correct
   */
  static Uni<String> requireSafe(String url, String setting) {
    return requireSafe(url, LOOPBACK, setting);
  }

  /** The same, with plain HTTP to the ECS metadata service allowed. */
  static Uni<String> requireSafeMetadata(String url, String setting) {
    return requireSafe(url, LOOPBACK_OR_METADATA, setting);
  }

  private static Uni<String> requireSafe(String url, Pattern plainHttp, String setting) {
    return problem(url, plainHttp)
        .map(reason -> EndpointUrl.<String>rejected(url, reason, setting))
        .orElseGet(() -> Uni.createFrom().item(url));
  }

  /** Why the URL, without placeholders, is not used; empty = it is. */
  public static Optional<String> problem(String url) {
    return problem(url, LOOPBACK);
  }

  /** The same for the ECS metadata service. */
  public static Optional<String> metadataProblem(String url) {
    return problem(url, LOOPBACK_OR_METADATA);
  }

  /**
   * @param plainHttp hosts that may be called without HTTPS
   */
  private static Optional<String> problem(String url, Pattern plainHttp) {
    try {
      URI uri = new URI(url);
      String host = uri.getHost() == null ? "" : uri.getHost();
      boolean safe =
          "https".equals(uri.getScheme())
              || "http".equals(uri.getScheme()) && plainHttp.matcher(host).matches();
      return safe && !host.isEmpty()
          ? Optional.empty()
          : Optional.of("it must be https, or http on loopback");
    } catch (URISyntaxException e) {
      return Optional.of("it is not a URL");
    }
  }

  /** The failure of a URL that is not used. */
  static <T> Uni<T> rejected(String url, String reason, String setting) {
    return Uni.createFrom()
        .failure(
            new AlibabaCloudException(
                Reason.Unreachable,
                "EndpointRefused",
                "The endpoint " + TextSanitizer.clean(url) + " is not used: " + reason,
                "Correct " + setting + ".",
                ""));
  }
}
