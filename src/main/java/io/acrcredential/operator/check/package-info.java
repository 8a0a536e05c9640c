/** The {@code check} command: identity, STS and ACR, tried as the operator uses them. */
package io.acrcredential.operator.check;
