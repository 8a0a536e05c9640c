// SPDX-License-Identifier: Apache-2.0
package io.acrcredential.operator.token;

import io.acrcredential.operator.policy.RegistryRef;

/**
 * What to fetch for one registry.
 *
 * @param token whether to request a new token
 * @param domains whether to list the domains of the instance
 */
record TokenRequest(RegistryRef ref, boolean token, boolean domains) {}
