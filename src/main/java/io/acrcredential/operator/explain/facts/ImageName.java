// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.explain.facts;

import io.acrcredential.operator.pod.ImageMatch;
import java.util.List;
import java.util.Locale;

/**
 * The name of an image, without tag and digest, as container runtimes read it. Source:
 * distribution/reference, normalize.go.
 *
 * @param host with its port; {@code docker.io} if the reference names none
 * @param path of the repository
 */
public record ImageName(String host, String path) {

  private static final String DEFAULT_HOST = "docker.io";

  /** Never throws: what is no valid reference matches nothing. */
  public static ImageName parse(String reference) {
    String name = reference.strip().replaceFirst("@.*$", "");
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean isHost =
        first.contains(".")
            || first.contains(":")
            || first.equals("localhost")
            || !first.equals(first.toLowerCase(Locale.ROOT));
    String host = isHost ? first : DEFAULT_HOST;
    String path = isHost ? name.substring(slash + 1) : name;
    return new ImageName(host, path.replaceFirst(":[^/:]*$", ""));
  }

  /** Whether kubelet sends the login of this key of a docker config for the image. */
  public boolean isServedBy(String key) {
    return ImageMatch.mostSpecific(toString(), List.of(key)).isPresent();
  }

  @Override
  public String toString() {
    return host + "/" + path;
  }
}
