/**
 * Which entry a ServiceAccount's {@code imagePullSecrets} shall have, and putting it there or
 * taking it away without touching what others wrote.
 */
package io.acrcredential.operator.serviceaccount;
