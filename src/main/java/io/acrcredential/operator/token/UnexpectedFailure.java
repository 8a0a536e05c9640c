// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.ExceptionText;
import io.smallrye.mutiny.CompositeException;
import org.jboss.logging.Logger;

/**
 * A failure that is a defect of the operator: its class and place go to the log, a fixed sentence
 * to the status.
 */
final class UnexpectedFailure {

  private static final Logger LOG = Logger.getLogger(UnexpectedFailure.class);

  private UnexpectedFailure() {}

  /** Logs it where it is no {@link AlibabaCloudException}, and gives what the status shows. */
  static AlibabaCloudException of(String during, Throwable failure) {
    if (failure instanceof AlibabaCloudException e) {
      return e;
    }
    if (failure instanceof CompositeException both) {
      // A call-back failed too: the first failure is the cause.
      return of(during, both.getCauses().get(0));
    }
    log(during, failure);
    return new AlibabaCloudException(
        Reason.Unreachable,
        "OperatorError",
        "The operator failed while " + during,
        "This is a defect of the operator: please report it with its log. The call is retried.",
        "");
  }

  /**
   * @param during what was being done, as the end of "failed while"
   */
  static void log(String during, Throwable failure) {
    LOG.errorf(ExceptionText.trace(failure), "The operator failed while %s", during);
  }
}
