package io.acrcredential.operator.credentials;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.api.v1alpha1.Reason;
import io.acrcredential.operator.text.CredentialFormat;

/** Refuses what is no bare key before anything is signed with it, by the name of its place. */
final class CredentialValidator {

  private CredentialValidator() {}

  /**
   * The value, where it is well-formed.
   *
   * @param place where it was found, as the subject of a sentence
   * @throws AlibabaCloudException that tells place and fault, and nothing of the value
   */
  static String requireValid(String value, String place, String advice) {
    CredentialFormat.fault(value)
        .ifPresent(
            fault -> {
              throw new AlibabaCloudException(
                  Reason.CredentialsMissing,
                  "CredentialsMalformed",
                  place + " " + fault,
                  advice,
                  "");
            });
    return value;
  }
}
