// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.alibabacloud.AlibabaCloudException;
import io.acrcredential.operator.alibabacloud.RegistryToken;
import java.util.List;

/**
 * The result of a {@link TokenRequest}.
 *
 * @param token null = not requested or failed
 * @param domains null = not requested or failed
 * @param error null = everything requested is there
 */
record TokenOutcome(
    TokenRequest request, RegistryToken token, List<String> domains, AlibabaCloudException error) {}
