// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.pod;

import java.util.Set;
import java.util.regex.Pattern;

/** What the reason of a waiting container says about the pull of its image. */
public enum WaitingReason {
  PULL_FAILED,
  /**
   * Kubelet did not try to pull, because it cannot decode one of the Secrets that the pod lists.
   */
  SECRET_UNREADABLE,
  OTHER;

  private static final Set<String> FAILURES = Set.of("ErrImagePull", "ImagePullBackOff");

  /**
   * A Secret that kubelet cannot decode makes the text of the error the reason of the waiting
   * container (kubelet 1.37: pkg/kubelet/images, pkg/credentialprovider). All other reasons are
   * single words.
   */
  private static final Pattern UNREADABLE_SECRET =
      Pattern.compile(
          "illegal base64 data|unable to parse auth field|json: |invalid character '"
              + "|unexpected end of JSON input|unexpected EOF");

  /** The meaning of {@code state.waiting.reason}; empty = the container does not wait. */
  public static WaitingReason of(String reason) {
    if (FAILURES.contains(reason)) {
      return PULL_FAILED;
    }
    return UNREADABLE_SECRET.matcher(reason).lookingAt() ? SECRET_UNREADABLE : OTHER;
  }
}
