// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.alibabacloud;

import io.acrcredential.operator.api.v1alpha1.Reason;
import java.time.Duration;

/** Errors as the services send them, for the tests of other packages. */
public final class ServiceErrors {

  private ServiceErrors() {}

  /** Throttling that lasts this long, as the headers of the response say. */
  public static AlibabaCloudException throttled(Duration timeLeft) {
    return new AlibabaCloudException(
        Reason.Throttled, "Throttling.User", "no", "wait", "", new ResponseHeaders(null, timeLeft));
  }
}
