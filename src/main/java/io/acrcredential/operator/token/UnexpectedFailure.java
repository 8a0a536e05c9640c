// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.ExceptionText;
import io.smallrye.mutiny.CompositeException;
import org.jboss.logging.Logger;

/**
 * A failure that is a defect of the operator: the log gets its stack trace, the status a fixed
 * sentence.
 */
final class UnexpectedFailure {

  private static final Logger LOG = Logger.getLogger(UnexpectedFailure.class);

  private UnexpectedFailure() {}

  /**
   * Converts the failure to what the status shows. Logs it, unless it is an {@link
   * AlibabaCloudException}.
   */
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
   * @param during the activity that failed, such as "requesting a token"
   */
  static void log(String during, Throwable failure) {
    LOG.errorf(ExceptionText.trace(failure), "The operator failed while %s", during);
  }
}
