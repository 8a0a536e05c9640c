// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.check;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.cli.Verdict;

/**
 * One step of a check.
 *
 * @param name stable, for scripts: {@code token}
 * @param registry what the step is about, for example {@code instance cri-abc in cn-hangzhou};
 *     empty = all registries
 * @param text what was found, or what failed
 * @param code the error code of the service, or the operator's own; empty = the step succeeded
 * @param advice what to do; empty = nothing
 * @param requestId of a call that failed, for Alibaba Cloud support; empty = no service answered
 */
record Step(
    String name,
    String registry,
    Verdict verdict,
    String text,
    String code,
    String advice,
    String requestId) {

  static Step ok(String name, String registry, String text) {
    return new Step(name, registry, Verdict.OK, text, "", "", "");
  }

  /** It works, but something should be changed. */
  static Step ok(String name, String registry, String text, String advice) {
    return new Step(name, registry, Verdict.OK, text, "", advice, "");
  }

  static Step failed(String name, String registry, AlibabaCloudException e) {
    boolean isBroken = e.isPermanent() || e.isUnknownHost();
    return new Step(
        name,
        registry,
        isBroken ? Verdict.BROKEN : Verdict.UNKNOWN,
        e.getMessage(),
        e.code(),
        e.advice(),
        e.requestId());
  }

  /** The same, where nothing can be concluded from the failure. */
  Step inconclusive() {
    return new Step(name, registry, Verdict.UNKNOWN, text, code, advice, requestId);
  }
}
