// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.policy.RegistryRef;
import java.time.Duration;
import java.util.Set;

/**
 * Receives the changes of a {@link TokenService}. Called on the timer's or the HTTP client's
 * thread: must not block.
 */
public interface TokenListener {

  /** These tokens or domains are new or have expired. */
  void onTokensChanged(Set<RegistryRef> refs);

  /**
   * The {@link RegistryState} of these has changed, whether or not the content of pull Secrets has.
   * Registries requested together are reported together, at most 200 ms late.
   */
  void onStatesChanged(Set<RegistryRef> refs);

  /** A fetch has ended after this time; error is null if it succeeded. */
  void onFetchCompleted(RegistryRef ref, Duration took, AlibabaCloudException error);
}
