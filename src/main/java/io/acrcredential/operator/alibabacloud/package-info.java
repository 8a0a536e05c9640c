/**
 * Signed, reactive clients of ACR, STS and the ECS metadata service, and the meaning of their
 * errors. Every response is validated, truncated and masked here before any other code sees it.
 */
package io.acrcredential.operator.alibabacloud;
