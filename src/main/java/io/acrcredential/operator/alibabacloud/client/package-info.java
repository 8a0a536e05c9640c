// SPDX-License-Identifier: Apache-2.0
/** The clients of ACR, STS and the ECS metadata service. */
package io.acrcredential.operator.alibabacloud.client;
