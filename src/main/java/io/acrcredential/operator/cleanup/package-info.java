/** The {@code cleanup} command, which removes everything that the operator wrote. */
package io.acrcredential.operator.cleanup;
