// SPDX-License-Identifier: Apache-2.0
/**
 * Signed calls of Alibaba Cloud: AccessKeys and signatures, endpoints, responses and the meaning of
 * their errors. Every response is validated, truncated and masked here before any other code sees
 * it.
 */
package io.acrcredential.operator.alibabacloud;
