/** What the commands share: arguments, verdicts and the output on the console. */
package io.acrcredential.operator.cli;
